/** camal-diff: where two rounds or runs differ. */
#include "base_file.h"
#include "base_log.h"
#include "store_diff.h"
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] = "usage: camal-diff A B\n"
                            "\n"
                            "Compare two rounds (round-NNN.h5) or two runs (folders, round by round) bit for "
                            "bit in all that matters:\n"
                            "weights by layer, momentum, evaluation, scores, choices, class states, sets and "
                            "metrics; not times, ranks or\n"
                            "paths. The first differing round is shown, first difference first.\n"
                            "\n"
                            "  --help      this text\n"
                            "  --version   camal's version\n"
                            "\n"
                            "example:\n"
                            "  camal-diff runs/one-rank runs/four-ranks && echo the same bits\n"
                            "\n"
                            "exit codes: 0 equal, 1 different, 2 usage or unreadable input\n";

/* 0 equal, 1 different, 2 not readable: the exit codes. */
static int compare_files(const char *a, const char *b, const char *name)
{
    store_round one, two;
    size_t differing;

    if (store_round_read(a, &one) != BASE_OK)
        return 2;
    if (store_round_read(b, &two) != BASE_OK) {
        store_round_destroy(&one);
        return 2;
    }
    differing = store_diff_rounds(&one, &two, name, stdout);
    store_round_destroy(&two);
    store_round_destroy(&one);
    return differing > 0;
}

static int compare_runs(const char *a, const char *b)
{
    char one[PATH_MAX], two[PATH_MAX], name[32];
    int32_t index;

    for (index = 0;; index++) {
        bool in_a, in_b;
        int result;

        if (store_round_path(a, index, one, sizeof one) != BASE_OK ||
            store_round_path(b, index, two, sizeof two) != BASE_OK)
            return 2;
        in_a = base_file_exists(one);
        in_b = base_file_exists(two);
        if (!in_a && !in_b)
            break;
        if (in_a != in_b) {
            printf("round %" PRId32 ": only in %s\n", index, in_a ? a : b);
            return 1;
        }
        snprintf(name, sizeof name, "round %" PRId32, index);
        result = compare_files(one, two, name);
        if (result != 0)
            return result;
    }
    if (index == 0) {
        base_log_error("%s and %s hold no round-000.h5", a, b);
        return 2;
    }
    printf("equal: %" PRId32 " rounds\n", index);
    return 0;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
    int c, result;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'h')
            fputs(usage, stdout);
        if (c == 'v')
            puts("camal-diff " CAMAL_VERSION);
        return c == '?' ? 2 : 0;
    }
    if (argc - optind != 2) {
        base_log_error("two rounds or two runs are needed, %d given; see camal-diff --help", argc - optind);
        return 2;
    }
    if (is_folder(argv[optind]) && is_folder(argv[optind + 1]))
        return compare_runs(argv[optind], argv[optind + 1]);
    result = compare_files(argv[optind], argv[optind + 1], "round");
    if (result == 0)
        puts("equal");
    return result;
}
