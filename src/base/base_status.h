/** Status codes: what every fallible function of camal returns.
 *
 * Whoever detects an error logs it once (base_log.h); callers pass the status up.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* One list makes the codes, their names and the exit codes of programs. */
#define BASE_STATUS_LIST(X)                                                                                  \
    X(BASE_OK, 0, "done")                                                                                    \
    X(BASE_ERR_USAGE, 2, "bad command line or configuration")                                                \
    X(BASE_ERR_INPUT, 2, "bad input data")                                                                   \
    X(BASE_ERR_IO, 1, "input or output failed")                                                              \
    X(BASE_ERR_MEMORY, 1, "out of memory")                                                                   \
    X(BASE_ERR_LIBRARY, 1, "a library call failed")                                                          \
    X(BASE_ERR_NUMERIC, 1, "a value is not finite")                                                          \
    X(BASE_ERR_INTERNAL, 1, "an internal check failed")                                                      \
    X(BASE_ERR_NOT_FOUND, 2, "not found")                                                                    \
    X(BASE_WAITING, 3, "waiting for labels")                                                                 \
    X(BASE_INTERRUPTED, 75, "interrupted at a safe point")

typedef enum base_status {
#define BASE_STATUS_ENUM(code, exit_code, text) code,
    BASE_STATUS_LIST(BASE_STATUS_ENUM)
#undef BASE_STATUS_ENUM
} base_status;

/** Text for a status, for messages. Static storage. Local. */
const char *base_status_text(base_status status);

/** Exit code of a program that ends with this status (DESIGN.md, Errors and exits). Local. */
int base_status_exit_code(base_status status);

#endif
