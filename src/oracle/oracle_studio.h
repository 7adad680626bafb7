/** Label Studio's own JSON, to be imported there: a task a picture, the queries as predictions. */
#ifndef ORACLE_STUDIO_H
#define ORACLE_STUDIO_H

#include "base_status.h"
#include "oracle_queries.h"
#include <stdint.h>
#include <stdio.h>

/** Write the tasks of the queries that are asked[count] (not 0) to a stream. `data` has the picture's URL,
 * `root_url` before its name, and the binding to the run; a region's id says which query it is, `meta.text`
 * why it was chosen. Local. BASE_ERR_IO, BASE_ERR_LIBRARY. */
base_status oracle_studio_write(const oracle_queries *queries, const uint8_t *asked, const char *root_url,
                                FILE *out);

/** Write the labelling interface that goes with them (Settings, Labeling Interface, Code): the classes and
 * "can't tell". Local. BASE_ERR_IO. */
base_status oracle_studio_write_interface(const oracle_queries *queries, FILE *out);

#endif
