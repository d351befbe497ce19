// Package blobs keeps files: photographs, PDFs, recordings, videos of
// gigabytes. The same code serves a folder on disk and an S3 bucket.
//
// The life of one file:
//
//  1. Bytes arrive, at once ([Store.Put]) or in resumable pieces ([Uploads]).
//  2. The kind is read from the content and compared with the name and the
//     declared type; kinds that are not allowed go no further.
//  3. The bytes are sealed under a data key of their own, in chunks of
//     64 KiB, into a staging file; a digest of the plaintext runs along.
//  4. The staged file is read back and examined (pixels of a picture, every
//     byte of a text), flushed to disk, and given its final name. The name is
//     made once and never replaced.
//  5. Put returns an [Info]. The caller writes it into a journal entry: the
//     entry is what makes the file part of the record. A file that no entry
//     names is an orphan, found by comparing [Store.List] with the journal.
//  6. Readers get a seekable stream ([Store.Open]); a chunk is shown only
//     after its seal was checked.
//  7. Erasure destroys the subject's key, which [Keys] holds. From then on
//     the data key cannot be unwrapped, and the file, its copies and its
//     backups are noise. [Store.Delete] then frees the space.
//
// # Addresses
//
// An address is HMAC-SHA256, under the store's secret, of the subject, the
// SHA-256 of the plaintext, and a value derived from the data key. So:
// nobody without the secret can test whether a known file is in the store;
// two subjects, or one subject twice, who file the same bytes get two files,
// and erasing one leaves the other whole; and once the data key is destroyed
// not even the holder of the secret can test a guess against the address
// that stays in the journal. The plaintext digest itself is only ever handed
// out sealed ([Info].Digest), for the same reason.
//
// # Format
//
// A stored file is a header of 40 bytes (7 bytes "amanabl", version byte 1,
// 32 bytes of salt) and chunks of 65,536 bytes of plaintext, each followed by
// the 16-byte tag of AES-256-GCM. The key is HKDF-SHA256(data key, salt,
// "amana blob content" and the first 8 bytes of the header); the 12-byte nonce is the chunk's
// number in 11 bytes, big-endian, and one byte that is 1 for the last chunk
// and 0 for all others (the STREAM construction of Hoang, Reyhanitabar,
// Rogaway and Vizár, 2015). Only an empty file has an empty chunk. Chunks
// that are cut off, added, swapped, moved between files or altered in one bit
// do not open.
package blobs
