#include "base_config_values.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of a field within a configuration. */
static void *value_of(const base_config *config, const base_config_field *field)
{
    return (char *)(uintptr_t)config + field->offset;
}

char **base_config_value_text(const base_config *config, const base_config_field *field)
{
    return value_of(config, field);
}

static bool in_range(const base_config_field *field, double value)
{
    return (field->above ? value > field->min : value >= field->min) &&
           (field->below ? value < field->max : value <= field->max);
}

/* Decimal digits with an optional sign, nothing else: no 0x10, no 1e3, no blanks. */
static bool is_whole_number(const char *text)
{
    const char *digits = text + (*text == '-');

    return *digits && digits[strspn(digits, "0123456789")] == 0;
}

static bool parse_integer(const base_config_field *field, const char *text, int64_t *value)
{
    long long parsed;

    errno = 0;
    parsed = strtoll(text, NULL, 10);
    if (!is_whole_number(text) || errno != 0 || !in_range(field, (double)parsed))
        return false;
    *value = parsed;
    return true;
}

static bool parse_unsigned(const char *text, uint64_t *value)
{
    unsigned long long parsed;

    errno = 0;
    parsed = strtoull(text, NULL, 10);
    if (!is_whole_number(text) || *text == '-' || errno != 0)
        return false;
    *value = parsed;
    return true;
}

static bool parse_real(const base_config_field *field, const char *text, double *value)
{
    char *end;
    double parsed;

    errno = 0;
    parsed = strtod(text, &end);
    /* strtod alone would take blanks, hexadecimal numbers, inf and nan. */
    if (end == text || *end || text[strspn(text, "+-.0123456789eE")] || errno != 0 ||
        !in_range(field, parsed))
        return false;
    *value = parsed;
    return true;
}

static bool parse_choice(const base_config_field *field, const char *text, uint32_t *value)
{
    uint32_t i;

    for (i = 0; i < field->choice_count; i++) {
        if (strcmp(field->choices[i].str, text) == 0) {
            *value = (uint32_t)field->choices[i].val;
            return true;
        }
    }
    return false;
}

/* Control characters have no place in names and paths, and YAML could not carry them back. */
static bool is_printable(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    for (; *c; c++) {
        if (*c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f))
            return false;
        if (c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9)) /* line, paragraph separator */
            return false;
        if (c[0] == 0xef && ((c[1] == 0xbb && c[2] == 0xbf) || (c[1] == 0xbf && c[2] >= 0xbe))) /* marks */
            return false;
    }
    return true;
}

static base_status store_text(const char *text, char **value)
{
    static const char *const nulls[] = {"~", "null", "Null", "NULL"};
    char *copy;
    size_t i;

    for (i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(text, nulls[i]) == 0)
            return BASE_ERR_USAGE;
    if (!is_printable(text))
        return BASE_ERR_USAGE;
    copy = strdup(text);
    if (!copy)
        return BASE_ERR_MEMORY;
    free(*value);
    *value = copy;
    return BASE_OK;
}

base_status base_config_value_store(base_config *config, const base_config_field *field, const void *raw)
{
    void *value = value_of(config, field);
    const char *text = raw;
    int64_t integer = 0;
    bool good = false;

    switch (field->kind) {
    case BASE_CONFIG_TEXT:
        return store_text(text, value);
    case BASE_CONFIG_I32:
        good = parse_integer(field, text, &integer);
        if (good)
            *(int32_t *)value = (int32_t)integer; /* the table's ranges of these are within 32 bits */
        break;
    case BASE_CONFIG_I64:
        good = parse_integer(field, text, value);
        break;
    case BASE_CONFIG_U64:
        good = parse_unsigned(text, value);
        break;
    case BASE_CONFIG_REAL:
        good = parse_real(field, text, value);
        break;
    case BASE_CONFIG_CHOICE:
        good = parse_choice(field, text, value);
        break;
    case BASE_CONFIG_FLAGS:
        memcpy(value, raw, sizeof(uint32_t));
        good = true;
        break;
    }
    return good ? BASE_OK : BASE_ERR_USAGE;
}

bool base_config_value_allowed(const base_config *config, const base_config_field *field)
{
    const void *value = value_of(config, field);
    uint32_t bits = 0, i;

    switch (field->kind) {
    case BASE_CONFIG_TEXT:
        return *base_config_value_text(config, field) &&
               (!field->required || **base_config_value_text(config, field));
    case BASE_CONFIG_I32:
        return in_range(field, *(const int32_t *)value);
    case BASE_CONFIG_I64:
        return in_range(field, (double)*(const int64_t *)value);
    case BASE_CONFIG_U64:
        return true;
    case BASE_CONFIG_REAL:
        return in_range(field, *(const double *)value);
    case BASE_CONFIG_CHOICE:
        return base_config_choice_name(field, *(const uint32_t *)value) != NULL;
    case BASE_CONFIG_FLAGS:
        for (i = 0; i < field->choice_count; i++)
            bits |= (uint32_t)field->choices[i].val;
        return (*(const uint32_t *)value & ~bits) == 0;
    }
    return false;
}

/* Shortest decimal that reads back as the same double, without an exponent where it is a whole number. */
static void print_real(FILE *out, double value)
{
    char text[40];
    int digits;

    if (value == floor(value) && fabs(value) < 1e15) {
        fprintf(out, "%.0f", value);
        return;
    }
    for (digits = 1; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fprintf(out, "%.*g", digits, value);
}

/* Plain where YAML takes it for text without doubt, quoted otherwise. */
static void print_text(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

    if ((isalpha((unsigned char)*text) || *text == '/') && text[strspn(text, plain)] == 0) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_flags(FILE *out, const base_config_field *field, uint32_t bits)
{
    const char *separator = "";
    uint32_t i;

    fputc('[', out);
    for (i = 0; i < field->choice_count; i++) {
        if (!(bits & (uint32_t)field->choices[i].val))
            continue;
        fprintf(out, "%s%s", separator, field->choices[i].str);
        separator = ", ";
    }
    fputc(']', out);
}

void base_config_value_print(FILE *out, const base_config *config, const base_config_field *field)
{
    const void *value = value_of(config, field);
    const char *name;

    switch (field->kind) {
    case BASE_CONFIG_TEXT:
        print_text(out, *base_config_value_text(config, field) ? *base_config_value_text(config, field) : "");
        break;
    case BASE_CONFIG_I32:
        fprintf(out, "%d", *(const int32_t *)value);
        break;
    case BASE_CONFIG_I64:
        fprintf(out, "%lld", (long long)*(const int64_t *)value);
        break;
    case BASE_CONFIG_U64:
        fprintf(out, "%llu", (unsigned long long)*(const uint64_t *)value);
        break;
    case BASE_CONFIG_REAL:
        print_real(out, *(const double *)value);
        break;
    case BASE_CONFIG_CHOICE:
        name = base_config_choice_name(field, *(const uint32_t *)value);
        if (name)
            fputs(name, out);
        else
            fprintf(out, "%u", *(const uint32_t *)value);
        break;
    case BASE_CONFIG_FLAGS:
        print_flags(out, field, *(const uint32_t *)value);
        break;
    }
}
