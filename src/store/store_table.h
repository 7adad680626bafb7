/** The table of a data set in its file, internal to store. All functions are local. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "base_status.h"
#include "store_dataset.h"
#include "store_h5.h"
#include <xxhash.h>

#define STORE_DATASET_SCHEMA  "camal-dataset"
#define STORE_DATASET_VERSION 1
#define STORE_DATASET_IMAGE   "/samples/image"
#define STORE_DATASET_MASK    "/samples/mask"
#define STORE_DATASET_TWINS   "/samples/twins"

/** Row of the image of this id; table->images if there is none. Images are in order of id. */
size_t store_table_find_image(const store_table *table, int64_t id);

/** Add the table to a digest, in the order store_dataset.h gives. */
void store_table_digest(XXH3_state_t *state, const store_table *table);

/** Text of a finished digest. */
void store_table_digest_text(const XXH3_state_t *state, char digest[BASE_DIGEST_TEXT]);

/** Write everything but pixels; /samples is there already. BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_table_write(const store_h5 *h5, const store_table *table);

/** Read it back for a data set of the given samples and size; checked by store_check_table().
 * BASE_ERR_INPUT, BASE_ERR_IO, BASE_ERR_MEMORY. */
base_status store_table_read(const store_h5 *h5, size_t samples, int32_t size, store_table *table);

#endif
