/** Which pictures there are: a folder with all that is below it, or a text file with a path a line. */
#ifndef INGEST_LIST_H
#define INGEST_LIST_H

#include "base_status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct ingest_listed {
    char *name;     /* as a file's line says, or below the folder */
    char *path;     /* to open it by */
    uint64_t bytes; /* 0 if it is not there */
} ingest_listed;

typedef struct ingest_list {
    ingest_listed *files; /* in order of name */
    size_t count, room;
    const ingest_listed **by_last; /* in order of the last part of their paths */
} ingest_list;

/** List every regular file below a folder (links are followed, to folders too, 32 deep), or those that a text
 * file names: a path a line, absolute or below the text file's folder; empty lines are passed over.
 *
 * Local. BASE_ERR_NOT_FOUND, BASE_ERR_IO (a folder or the file cannot be read), BASE_ERR_INPUT (a name twice,
 * a line too long, folders too deep), BASE_ERR_MEMORY. */
base_status ingest_list_read(const char *path, ingest_list *list);

/** The one file whose path is `name` or ends in /name, NULL if there is none or (*several) more than one.
 * Local.
 */
const ingest_listed *ingest_list_find(const ingest_list *list, const char *name, int *several);

/** NULL-safe. */
void ingest_list_clear(ingest_list *list);

#endif
