/** Files: durable writes, folders, whole-file reads, digests.
 *
 * Every function logs its own failure with the path and the system's text. All are local.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base_status.h"
#include <stdbool.h>
#include <stddef.h>

/** Bytes of a digest as hexadecimal text with its ending 0. */
#define BASE_DIGEST_TEXT 33

/** True if the path exists (of any kind). */
bool base_file_exists(const char *path);

/** Create a folder and its parents, durably; fine if it is there. BASE_ERR_IO. */
base_status base_file_make_folder(const char *path);

/** Join folder and name into path[size]. BASE_ERR_USAGE if it does not fit. */
base_status base_file_join(const char *folder, const char *name, char *path, size_t size);

/** fsync a closed file by path. BASE_ERR_IO. */
base_status base_file_sync(const char *path);

/** Rename and fsync the folder: a rename alone may not survive a crash. BASE_ERR_IO. */
base_status base_file_rename(const char *from, const char *to);

/** Write bytes under a temporary name, sync, rename: readers never meet half a file. BASE_ERR_IO,
 * BASE_ERR_USAGE (something else than a regular file has the name). */
base_status base_file_write(const char *path, const void *bytes, size_t size);

/** Read a whole file; *bytes is the caller's to free and has a 0 behind its end. BASE_ERR_IO,
 * BASE_ERR_INPUT (a folder), BASE_ERR_MEMORY. */
base_status base_file_read(const char *path, char **bytes, size_t *size);

/** base_file_read() of a file that the user says is text: a large one that is not, such as a data set, is
 * refused before it fills the memory. BASE_ERR_INPUT. */
base_status base_file_read_text(const char *path, char **bytes, size_t *size);

/** Append one line (a newline is added) and sync: for events.jsonl. All of it or nothing; half a line that is
 * there of a crash goes first. BASE_ERR_IO. */
base_status base_file_append_line(const char *path, const char *line);

/** Lock an open file for this process alone, without waiting; close() lets go. *held is false if another
 * process has it. A file system without locks (Lustre's default) is warned of and *held is true. BASE_ERR_IO.
 */
base_status base_file_lock(int fd, const char *path, bool *held);

/** XXH3-128 of bytes as 32 hexadecimal digits. */
void base_file_digest_bytes(const void *bytes, size_t size, char digest[BASE_DIGEST_TEXT]);

/** XXH3-128 of a file's bytes. BASE_ERR_IO, BASE_ERR_INPUT (not a regular file), BASE_ERR_MEMORY. */
base_status base_file_digest(const char *path, char digest[BASE_DIGEST_TEXT]);

#endif
