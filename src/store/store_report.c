#include "store_report.h"
#include "base_log.h"
#include <stdarg.h>
#include <stdio.h>

void store_report_add(store_report *report, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    base_log_error("%s: %s", report->where, text);
    report->problems++;
}

base_status store_report_end(const store_report *report, size_t *problems)
{
    if (problems)
        *problems = report->problems;
    return report->problems > 0 ? BASE_ERR_INPUT : BASE_OK;
}
