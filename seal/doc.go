// Package seal encrypts and authenticates bytes that are kept where others may
// read or write them: the records of a durable store.
//
// A [Ring] holds the keys: one that seals and opens, and any number of older
// ones that only open, so that a key can be replaced while the program runs on
// old data. [Ring.Seal] makes a sealed message of a plaintext, [Ring.Open] turns
// it back. Each message is bound to a [Binding]: it opens only for the kind, the
// namespace and the id that it was sealed for, so that nobody without the key
// can move it, or swap two of them.
//
// A nil *Ring stands for "no key is set": it passes plain bytes through and
// refuses sealed ones. A ring refuses plain bytes.
//
// # Format
//
// The key is the SHA-256 of the value that the user set, used as the AES-256-GCM
// key. A sealed message is
//
//	offset  bytes
//	0       3      "AZS"
//	3       1      version, 0x01
//	4       1      suite: 0x01 is AES-256-GCM; 0x02 is reserved for XAES-256-GCM
//	5       4      key id: HMAC-SHA256(key, "asyncz key id v1")[0:4]
//	9       12     nonce, random
//	21      n      ciphertext, as long as the plaintext
//	21+n    16     tag
//
// and its associated data is the message's bytes 0 to 8, then the kind, the
// namespace and the id, each after its length as two bytes, big-endian.
//
// The package knows no store and reads no environment.
package seal
