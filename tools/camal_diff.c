/** camal-diff: where two rounds or runs differ. */
#include "base_file.h"
#include "base_log.h"
#include "base_options.h"
#include "camal_rounds.h"
#include "store_diff.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: camal-diff [--quiet] A.h5|RUN B.h5|RUN\n"
    "\n"
    "Compare two rounds, or two runs round by round, bit for bit.\n"
    "\n"
    "All that matters counts: weights by layer, momentum, evaluation, scores, choices, class states, sets\n"
    "and metrics; not times, ranks or paths. The first differing round is shown, first difference first.\n"
    "\n"
    "options:\n"
    "  -q, --quiet      print nothing; the exit code tells\n"
    "  -h, --help       this text\n"
    "  -V, --version    camal's version\n"
    "\n"
    "examples:\n"
    "  camal-diff runs/one-rank runs/four-ranks && echo the same bits\n"
    "  camal-diff runs/a/round-003.h5 runs/b/round-003.h5\n"
    "\n"
    "exit codes: 0 equal, 1 different, 2 usage or unreadable input\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

typedef struct rounds_of {
    int32_t *indices; /* ascending */
    size_t count;
} rounds_of;

/* 0 equal, 1 different, 2 not readable: the exit codes. */
static int compare_files(const char *a, const char *b, const char *name, FILE *out)
{
    store_round one, two;
    size_t differing;

    if (store_round_read(a, &one) != BASE_OK)
        return 2;
    if (store_round_read(b, &two) != BASE_OK) {
        store_round_destroy(&one);
        return 2;
    }
    differing = store_diff_rounds(&one, &two, name, out);
    store_round_destroy(&two);
    store_round_destroy(&one);
    return differing > 0;
}

/* Round by round, in the order of their numbers; rounds that only one of them has are a difference. */
static int compare_rounds(const char *a, const char *b, const rounds_of *in_a, const rounds_of *in_b,
                          FILE *out)
{
    char one[PATH_MAX], two[PATH_MAX], name[32];
    size_t i;

    for (i = 0; i < in_a->count && i < in_b->count && in_a->indices[i] == in_b->indices[i]; i++) {
        int32_t index = in_a->indices[i];
        int result;

        if (store_round_path(a, index, one, sizeof one) != BASE_OK ||
            store_round_path(b, index, two, sizeof two) != BASE_OK)
            return 2;
        snprintf(name, sizeof name, "round %" PRId32, index);
        result = compare_files(one, two, name, out);
        if (result != 0)
            return result;
    }
    if (i < in_a->count || i < in_b->count) {
        bool first = i == in_b->count || (i < in_a->count && in_a->indices[i] < in_b->indices[i]);

        fprintf(out, "round %" PRId32 ": only in %s\n", first ? in_a->indices[i] : in_b->indices[i],
                first ? a : b);
        return 1;
    }
    fprintf(out, "equal: %zu rounds\n", i);
    return 0;
}

static int compare_runs(const char *a, const char *b, FILE *out)
{
    rounds_of in_a = {0}, in_b = {0};
    int result = 2;

    if (camal_rounds_list(a, &in_a.indices, &in_a.count) == BASE_OK &&
        camal_rounds_list(b, &in_b.indices, &in_b.count) == BASE_OK)
        result = compare_rounds(a, b, &in_a, &in_b, out);
    free(in_b.indices);
    free(in_a.indices);
    return result;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int compare(const char *a, const char *b, FILE *out)
{
    const char *missing = !base_file_exists(a) ? a : !base_file_exists(b) ? b : NULL;
    int result;

    if (missing) {
        base_log_error("%s: no such file or folder", missing);
        return 2;
    }
    if (is_folder(a) && is_folder(b))
        return compare_runs(a, b, out);
    result = compare_files(a, b, "round", out);
    if (result == 0)
        fputs("equal\n", out);
    return result;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"quiet", no_argument, NULL, 'q'}, {NULL, 0, NULL, 0}};
    FILE *out = stdout;
    base_status status;
    int option, result;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    while ((option = base_options_next(argc, argv, "q", known)) != -1) {
        if (option != 'q')
            return 2;
        out = NULL;
    }
    if (argc - optind != 2)
        return base_status_exit_code(
            base_options_refuse("two rounds or two runs are needed, %d given", argc - optind));
    if (!out && !(out = fopen("/dev/null", "w"))) {
        base_log_error("/dev/null: cannot be opened: %s", strerror(errno));
        return 2;
    }
    result = compare(argv[optind], argv[optind + 1], out);
    if (fclose(out) != 0) {
        base_log_error("cannot write to standard output: %s", strerror(errno));
        return 2;
    }
    return result;
}
