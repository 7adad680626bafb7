#include "nn_check.h"
#include "base_log.h"

static const char *status_text(dnnl_status_t status)
{
    switch (status) {
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "not implemented for this CPU and shape";
    case dnnl_iterator_ends:
        return "no further implementation";
    case dnnl_runtime_error:
        return "runtime error";
    case dnnl_not_required:
        return "not required";
    default:
        return "unknown status";
    }
}

base_status nn_check(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success)
        return BASE_OK;
    if (what != NULL)
        base_log_error("nn: %s: oneDNN: %s (%d)", what, status_text(status), (int)status);
    return status == dnnl_out_of_memory ? BASE_ERR_MEMORY : BASE_ERR_LIBRARY;
}
