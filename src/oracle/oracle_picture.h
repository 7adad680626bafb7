/** Pictures by the names that tools give them. */
#ifndef ORACLE_PICTURE_H
#define ORACLE_PICTURE_H

#include "oracle_queries.h"
#include <stddef.h>

typedef enum oracle_picture_found {
    ORACLE_PICTURE_NONE,
    ORACLE_PICTURE_ONE,
    ORACLE_PICTURE_SEVERAL, /* the name fits more than one */
    ORACLE_PICTURE_CROP     /* query-ID.png: the crop of one query, as oracle_picture_crop_name() names it */
} oracle_picture_found;

/** Find the picture that a file calls by a name, which may be a URL, a path in an export, or have the eight
 * hexadecimal digits in front that Label Studio gives to uploads. The best of these counts: the whole name;
 * one ends with the other at a slash; the same after those digits. Local.
 * @param index  out: row of the pictures (one) or of the queries (crop) */
oracle_picture_found oracle_picture_find(const oracle_queries *queries, const char *name, size_t *index);

/** Name of a query's crop. */
void oracle_picture_crop_name(const oracle_query *query, char *name, size_t size);

#endif
