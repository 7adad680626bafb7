#include "base_options.h"
#include "base_log.h"
#include "base_nearest.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX      128
#define MESSAGE_BYTES  1024
#define HINT_MAX_BYTES 128

bool base_options_answer(int argc, char **argv, void (*help)(FILE *out), base_status *status)
{
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool asked = strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
        bool version = strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0;

        if (!asked && !version)
            continue;
        *status = BASE_OK;
        if (base_log_rank() != 0)
            return true;
        if (asked)
            help(stdout);
        else
            printf("%s %s\n", program_invocation_short_name, CAMAL_VERSION);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            base_log_error("cannot write to standard output: %s", strerror(errno));
            *status = BASE_ERR_IO;
        }
        return true;
    }
    return false;
}

base_status base_options_refuse(const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (base_log_rank() == 0)
        base_log_error("%s; see %s --help", text, program_invocation_short_name);
    return BASE_ERR_USAGE;
}

/* "; did you mean --out?" or nothing. */
static void hint_at(char hint[HINT_MAX_BYTES], const char *prefix, const char *word, const char *const *names,
                    size_t count)
{
    const char *nearest = base_nearest(word, names, count);

    hint[0] = 0;
    if (nearest)
        snprintf(hint, HINT_MAX_BYTES, "; did you mean %s%s?", prefix, nearest);
}

/* Options that start with the word; getopt_long() takes an abbreviation of one. */
static int matches(const char *word, size_t length, const struct option *known)
{
    int count = 0;

    for (; known->name; known++)
        count += strncmp(known->name, word, length) == 0;
    return count;
}

/* Why getopt_long() does not take argv[]'s long option. */
static void refuse_long(const char *argument, const struct option *known)
{
    const char *names[NAMES_MAX] = {"help", "version"};
    char word[HINT_MAX_BYTES], hint[HINT_MAX_BYTES];
    size_t count = 2, i;

    snprintf(word, sizeof word, "%s", argument + 2);
    word[strcspn(word, "=")] = 0;
    for (i = 0; known[i].name && count < NAMES_MAX; i++)
        names[count++] = known[i].name;
    if (matches(word, strlen(word), known) > 1) {
        base_options_refuse("option '--%s' may mean several", word);
        return;
    }
    hint_at(hint, "--", word, names, count);
    base_options_refuse("unrecognized option '--%s'%s", word, hint);
}

static const char *name_of(int value, const struct option *known)
{
    for (; known->name; known++)
        if (known->val == value)
            return known->name;
    return "?";
}

int base_options_next(int argc, char **argv, const char *letters, const struct option *known)
{
    bool in_order = letters[0] == '+';
    char spec[2 * NAMES_MAX];
    int code;

    snprintf(spec, sizeof spec, "%s:%s", in_order ? "+" : "", letters + in_order);
    opterr = 0;
    optopt = 0;
    code = getopt_long(argc, argv, spec, known, NULL);
    if (code == ':') {
        base_options_refuse("option '--%s' needs a value", name_of(optopt, known));
        return '?';
    }
    if (code != '?' && code != -1 && optarg && !*optarg) {
        base_options_refuse("option '--%s' needs a value, its own is empty", name_of(code, known));
        return '?';
    }
    if (code != '?')
        return code;
    if (optopt == 0)
        refuse_long(argv[optind - 1], known);
    else if (strncmp(argv[optind - 1], "--", 2) == 0 && strchr(argv[optind - 1], '='))
        base_options_refuse("option '--%s' takes no value", name_of(optopt, known));
    else
        base_options_refuse("unrecognized option '-%c'", optopt);
    return '?';
}

base_status base_options_whole(const char *option, const char *text, uint64_t least, uint64_t most,
                               uint64_t *value)
{
    unsigned long long read;
    char *end;

    errno = 0;
    read = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || read < least || read > most)
        return base_options_refuse("%s %.80s: allowed are whole numbers from %llu to %llu", option, text,
                                   (unsigned long long)least, (unsigned long long)most);
    *value = read;
    return BASE_OK;
}

base_status base_options_real(const char *option, const char *text, double least, double most, double *value)
{
    char *end;
    double read = strtod(text, &end);

    if (end == text || *end != 0 || !isfinite(read) || read < least || read > most)
        return base_options_refuse("%s %.80s: allowed are numbers from %.7g to %.7g", option, text, least,
                                   most);
    *value = read;
    return BASE_OK;
}

base_status base_options_choice(const char *option, const char *text, const char *const *names, size_t count,
                                size_t *index)
{
    char all[MESSAGE_BYTES / 2] = "", hint[HINT_MAX_BYTES];
    size_t used = 0, i;

    for (i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *index = i;
            return BASE_OK;
        }
        if (used < sizeof all)
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", names[i]);
    }
    hint_at(hint, "", text, names, count);
    return base_options_refuse("%s %.80s: allowed are %s%s", option, text, all, hint);
}

void base_options_quiet(void)
{
    setenv(BASE_LOG_QUIET, "1", 1); /* without it, what is said is more than was asked for, and no harm */
}
