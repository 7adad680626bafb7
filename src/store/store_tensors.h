/** Groups of named tensors in a file, internal to store. Local. */
#ifndef STORE_TENSORS_H
#define STORE_TENSORS_H

#include "base_status.h"
#include "store_h5.h"
#include "store_round.h"

/** Write tensors into a group, which exists; "" is the root. BASE_ERR_IO. */
base_status store_tensors_write(const store_h5 *h5, const char *group, const store_tensor *list,
                                int32_t count);

/** Read all tensors of a group; *out is for store_tensor_list_destroy(). BASE_ERR_INPUT, BASE_ERR_IO,
 * BASE_ERR_MEMORY. */
base_status store_tensors_read(const store_h5 *h5, const char *group, store_tensor **out, int32_t *out_count);

#endif
