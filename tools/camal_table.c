#include "camal_table.h"
#include "base_log.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2

camal_table camal_table_begin(const char *align)
{
    return (camal_table){align, strlen(align), 0, 0, NULL, false};
}

static bool make_space(camal_table *table)
{
    size_t wanted = table->space ? 2 * table->space : 64;
    char **more;

    if (table->cells < table->space)
        return true;
    more = realloc(table->cell, wanted * sizeof *more);
    if (!more)
        return false;
    table->cell = more;
    table->space = wanted;
    return true;
}

void camal_table_add(camal_table *table, const char *format, ...)
{
    va_list arguments;
    char *text;
    int size;

    va_start(arguments, format);
    size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size >= 0 && make_space(table)) {
        table->cell[table->cells++] = text;
        return;
    }
    if (size >= 0)
        free(text);
    table->failed = true;
}

void camal_table_end_row(camal_table *table)
{
    while (!table->failed && table->cells % table->columns != 0)
        camal_table_add(table, "%s", "");
}

/* Characters of UTF-8 text: all bytes but those that continue a character. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static size_t column_width(const camal_table *table, size_t column)
{
    size_t width = 0, i;

    for (i = column; i < table->cells; i += table->columns)
        if (width_of(table->cell[i]) > width)
            width = width_of(table->cell[i]);
    return width;
}

static void put_spaces(size_t count, FILE *out)
{
    while (count-- > 0)
        putc(' ', out);
}

/* No spaces at a line's end. */
static void print_row(const camal_table *table, size_t row, const size_t *widths, FILE *out)
{
    char **cell = table->cell + row * table->columns;
    size_t last = table->columns, due = 0, c;

    while (last > 0 && !*cell[last - 1])
        last--;
    for (c = 0; c < last; c++) {
        size_t room = widths[c] - width_of(cell[c]);

        put_spaces(due + (table->align[c] == 'r' ? room : 0), out);
        fputs(cell[c], out);
        due = (table->align[c] == 'r' ? 0 : room) + GAP;
    }
    putc('\n', out);
}

static void print_rule(const camal_table *table, const size_t *widths, FILE *out)
{
    size_t sum = 0, c;

    for (c = 0; c < table->columns; c++)
        sum += widths[c] + (c ? GAP : 0);
    while (sum-- > 0)
        putc('-', out);
    putc('\n', out);
}

static void print_markdown_row(const camal_table *table, size_t row, FILE *out)
{
    size_t c;

    for (c = 0; c < table->columns; c++) {
        const char *text = table->cell[row * table->columns + c];

        fputs(c ? " | " : "| ", out);
        for (; *text; text++) {
            if (strchr("|*_`\\<", *text))
                putc('\\', out);
            putc(*text, out);
        }
    }
    fputs(" |\n", out);
    for (c = 0; row == 0 && c < table->columns; c++)
        fputs(table->align[c] == 'r' ? (c ? " ---: |" : "| ---: |") : (c ? " --- |" : "| --- |"), out);
    if (row == 0)
        putc('\n', out);
}

base_status camal_table_print(camal_table *table, bool markdown, FILE *out)
{
    size_t *widths = calloc(table->columns, sizeof *widths), i;
    base_status status = BASE_OK;

    if (table->failed || !widths) {
        base_log_error("no memory for a table of %zu cells", table->cells);
        status = BASE_ERR_MEMORY;
        goto out;
    }
    for (i = 0; i < table->columns; i++)
        widths[i] = column_width(table, i);
    for (i = 0; i < table->cells / table->columns; i++) {
        if (markdown)
            print_markdown_row(table, i, out);
        else
            print_row(table, i, widths, out);
        if (i == 0 && !markdown)
            print_rule(table, widths, out);
    }
    if (ferror(out)) {
        base_log_error("cannot write the table (disk full, or its reader gone)");
        status = BASE_ERR_IO;
    }
out:
    free(widths);
    camal_table_clear(table);
    return status;
}

void camal_table_clear(camal_table *table)
{
    size_t i;

    for (i = 0; i < table->cells; i++)
        free(table->cell[i]);
    free(table->cell);
    *table = camal_table_begin(table->align);
}
