#include "camal_export_csv.h"
#include "base_file.h"
#include "base_log.h"
#include "camal_json.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

base_status camal_csv_begin(camal_csv *csv, const char *columns)
{
    memset(csv, 0, sizeof *csv);
    csv->out = open_memstream(&csv->text, &csv->size);
    if (!csv->out) {
        base_log_error("out of memory for a table");
        return BASE_ERR_MEMORY;
    }
    fprintf(csv->out, "%s\r\n", columns);
    return BASE_OK;
}

/* What stands between this field and the one before. */
static void separate(camal_csv *csv)
{
    if (csv->within)
        fputc(',', csv->out);
    csv->within = true;
}

void camal_csv_text(camal_csv *csv, const char *value)
{
    separate(csv);
    if (!strpbrk(value, ",\"\r\n")) {
        fputs(value, csv->out);
        return;
    }
    fputc('"', csv->out);
    for (; *value; value++) {
        if (*value == '"')
            fputc('"', csv->out);
        fputc(*value, csv->out);
    }
    fputc('"', csv->out);
}

void camal_csv_integer(camal_csv *csv, int64_t value)
{
    separate(csv);
    fprintf(csv->out, "%" PRId64, value);
}

static void put_digits(camal_csv *csv, double value, bool single)
{
    char text[CAMAL_JSON_DIGITS];

    separate(csv);
    if (!isfinite(value))
        return;
    camal_json_digits(value, single, text);
    fputs(text, csv->out);
}

void camal_csv_float(camal_csv *csv, float value)
{
    put_digits(csv, (double)value, true);
}

void camal_csv_real(camal_csv *csv, double value)
{
    put_digits(csv, value, false);
}

void camal_csv_share(camal_csv *csv, float value)
{
    camal_csv_float(csv, value < 0 ? NAN : value);
}

void camal_csv_end_line(camal_csv *csv)
{
    fputs("\r\n", csv->out);
    csv->within = false;
}

void camal_csv_abandon(camal_csv *csv)
{
    if (csv->out)
        fclose(csv->out);
    free(csv->text);
    memset(csv, 0, sizeof *csv);
}

base_status camal_csv_finish(camal_csv *csv, const char *path)
{
    base_status status;

    if (fflush(csv->out) != 0 || ferror(csv->out)) {
        base_log_error("out of memory for a table of %zu bytes", csv->size);
        status = BASE_ERR_MEMORY;
    } else {
        status = camal_export_write(path, csv->text, csv->size);
    }
    camal_csv_abandon(csv);
    return status;
}

base_status camal_export_write(const char *path, const void *bytes, size_t size)
{
    if (path)
        return base_file_write(path, bytes, size);
    if (fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0)
        return BASE_OK;
    base_log_error("cannot write to standard output: %s", strerror(errno));
    return BASE_ERR_IO;
}
