/** A network's weights as the tensors of a file, and back. Local. */
#ifndef ROUND_TENSORS_H
#define ROUND_TENSORS_H

#include "base_status.h"
#include "nn_weights.h"
#include "store_round.h"
#include <stdbool.h>

/** A network's tensors as a list for a file; only trained ones where asked. BASE_ERR_MEMORY.
 * @param weights  names and shapes  @param data [weights->count] values
 * @param list     out, for store_tensor_list_destroy() */
base_status round_tensors_list(const nn_weights *weights, const float *data, bool trained_only,
                               store_tensor **list, int32_t *count);

/** Copy a file's tensors into data[weights->count]; each must be there in its shape. BASE_ERR_INPUT. */
base_status round_tensors_take(const nn_weights *weights, const store_tensor *list, int32_t count,
                               bool trained_only, float *data);

#endif
