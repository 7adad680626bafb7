#include "base_log.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

/* -1 where no launcher has set a rank. */
static int launcher_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        char *end;
        long rank;

        if (!value)
            continue;
        rank = strtol(value, &end, 10);
        if (end != value && *end == 0 && rank >= 0 && rank < 1 << 30)
            return (int)rank;
    }
    return -1;
}

int base_log_rank(void)
{
    int rank = launcher_rank();

    return rank < 0 ? 0 : rank;
}

bool base_log_silent(void)
{
    const char *quiet = getenv(BASE_LOG_QUIET);

    return base_log_rank() != 0 || (quiet && *quiet && strcmp(quiet, "0") != 0);
}

bool base_log_terminal(void)
{
    const char *said = getenv("CAMAL_PROGRESS"), *term = getenv("TERM");

    if (said && strcmp(said, "bar") == 0)
        return true;
    return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0 &&
           !(said && strcmp(said, "lines") == 0);
}

/* One write(2) a line, so that lines of several ranks do not mix. */
static void write_line(const char *kind, const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES];
    int rank = launcher_rank(), saved = errno;
    const char *clear = base_log_terminal() ? "\r\033[K" : ""; /* a progress bar may stand there */
    size_t used, left;
    ssize_t done;
    int n;

    if (rank > 0)
        n = snprintf(line, sizeof line, "%s%s[%d]: %s", clear, program_invocation_short_name, rank, kind);
    else
        n = snprintf(line, sizeof line, "%s%s: %s", clear, program_invocation_short_name, kind);
    used = n > 0 ? (size_t)n : 0;
    errno = saved; /* for %m */
    n = vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    if (n > 0)
        used += (size_t)n < sizeof line - used - 2 ? (size_t)n : sizeof line - used - 2;
    line[used++] = '\n';
    for (left = 0; left < used; left += (size_t)done) {
        done = write(STDERR_FILENO, line + left, used - left);
        if (done <= 0)
            break; /* nowhere to report that standard error is gone */
    }
    errno = saved;
}

void base_log_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line("error: ", format, arguments);
    va_end(arguments);
}

void base_log_warn(const char *format, ...)
{
    va_list arguments;

    if (base_log_rank() != 0)
        return;
    va_start(arguments, format);
    write_line("warning: ", format, arguments);
    va_end(arguments);
}

void base_log_info(const char *format, ...)
{
    va_list arguments;

    if (base_log_silent())
        return;
    va_start(arguments, format);
    write_line("", format, arguments);
    va_end(arguments);
}
