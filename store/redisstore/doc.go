// Package redisstore keeps tasks in Redis.
package redisstore
