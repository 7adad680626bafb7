/** What oneDNN's calls give back, as camal's status. Internal to src/nn. */
#ifndef NN_CHECK_H
#define NN_CHECK_H

#include "base_status.h"
#include <dnnl.h>

/** BASE_OK, or log what failed (not if `what` is NULL) with oneDNN's reason and give BASE_ERR_MEMORY or
 * BASE_ERR_LIBRARY. Local. */
base_status nn_check(dnnl_status_t status, const char *what);

#endif
