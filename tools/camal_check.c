/** camal-check: verify camal's HDF5 files, one by one. */
#include "base_file.h"
#include "base_log.h"
#include "base_status.h"
#include "store_check.h"
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_BAD_FILE 1
#define EXIT_USAGE    2

static const char usage[] =
    "usage: camal-check [--schemas DIR] FILE...\n"
    "\n"
    "Verify data sets, rounds, checkpoints and scores: every object, type, shape and checksum against the "
    "schema of "
    "the file's "
    "kind,\n"
    "then what the contents say about themselves (a data set's digest; a round's sets, queries, counts, "
    "quotas, and that it follows from the round before it in its folder; a checkpoint's digest).\n"
    "Problems go to standard error, one a line, with file, object, what was found and what is expected.\n"
    "\n"
    "  --schemas DIR   folder of the schema files (dataset.yaml, round.yaml, ...), instead of $CAMAL_SCHEMAS "
    "or camal's own\n"
    "  --help          this text\n"
    "  --version       camal's version\n"
    "\n"
    "examples:\n"
    "  camal-check dataset.h5\n"
    "  camal-check runs/factory15/round-*.h5 scores.h5\n"
    "\n"
    "exit codes: 0 all files are sound, 1 a file is not, 2 usage\n";

/* Where the schemas are, unless the command line says so. */
static const char *default_schemas(void)
{
    const char *named = getenv("CAMAL_SCHEMAS");

    if (named && *named)
        return named;
    return base_file_exists(SCHEMAS_SOURCE) ? SCHEMAS_SOURCE : SCHEMAS_INSTALLED;
}

static bool check_file(const char *path, const char *schemas)
{
    size_t problems = 0;

    if (store_check_file(path, schemas, &problems) == BASE_OK) {
        printf("%s: sound\n", path);
        return true;
    }
    printf("%s: %zu problem%s\n", path, problems, problems == 1 ? "" : "s");
    return false;
}

/* Closing standard output tells whether the verdicts arrived. */
static int finish(int code)
{
    if (fclose(stdout) == 0)
        return code;
    base_log_error("cannot write to standard output");
    return EXIT_BAD_FILE;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"schemas", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {NULL, 0, NULL, 0}};
    const char *schemas = default_schemas();
    bool sound = true;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 's':
            schemas = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return finish(0);
        case 'v':
            printf("camal-check %s\n", CAMAL_VERSION);
            return finish(0);
        default: /* getopt has said what is wrong */
            return EXIT_USAGE;
        }
    }
    if (optind == argc) {
        base_log_error("no file given, expected at least one; see --help");
        return EXIT_USAGE;
    }
    if (!base_file_exists(schemas)) {
        base_log_error("%s: no such folder of schemas; set --schemas or CAMAL_SCHEMAS", schemas);
        return EXIT_USAGE;
    }
    for (; optind < argc; optind++)
        sound = check_file(argv[optind], schemas) && sound;
    return finish(sound ? 0 : EXIT_BAD_FILE);
}
