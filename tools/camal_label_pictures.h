/** The crops of a round's queries as PNG, for people who have not the pictures. */
#ifndef CAMAL_LABEL_PICTURES_H
#define CAMAL_LABEL_PICTURES_H

#include "base_status.h"
#include "camal_label_run.h"

/** Write DIR/query-ID.png (oracle_picture_crop_name()) for each query that is asked[queries] (not 0). Local.
 * BASE_ERR_NOT_FOUND, BASE_ERR_INPUT (another data set), BASE_ERR_IO, BASE_ERR_MEMORY, BASE_ERR_LIBRARY.
 * @param dataset  path; NULL: the one that RUN/run.yaml names */
base_status label_pictures_write(const label_run *run, const uint8_t *asked, const char *dataset,
                                 const char *folder);

#endif
