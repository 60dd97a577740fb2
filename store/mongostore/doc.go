// Package mongostore keeps tasks in MongoDB.
package mongostore
