#include "base_status.h"

const char *base_status_text(base_status status)
{
    switch (status) {
#define BASE_STATUS_CASE(code, exit_code, text)                                                              \
    case code:                                                                                               \
        return text;
        BASE_STATUS_LIST(BASE_STATUS_CASE)
#undef BASE_STATUS_CASE
    }
    return "unknown status";
}

int base_status_exit_code(base_status status)
{
    switch (status) {
#define BASE_STATUS_CASE(code, exit_code, text)                                                              \
    case code:                                                                                               \
        return exit_code;
        BASE_STATUS_LIST(BASE_STATUS_CASE)
#undef BASE_STATUS_CASE
    }
    return 1;
}
