/** camal-check: verify camal's HDF5 files, one by one. */
#include "base_file.h"
#include "base_log.h"
#include "base_options.h"
#include "store_check.h"
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_BAD_FILE 1
#define EXIT_USAGE    2

#define SCHEMAS_BESIDE "../share/camal/hdf5-schemas"

static const char usage[] =
    "usage: camal-check [--quiet] [--schemas DIR] FILE.h5...\n"
    "\n"
    "Verify data sets, rounds, checkpoints, scores and exported weights.\n"
    "\n"
    "Every object, type, shape and checksum is held to the schema of the file's kind, then what the\n"
    "contents say about themselves: a data set's digest; a round's sets, queries, counts, quotas, and that\n"
    "it follows from the round before it in its folder; a checkpoint's digest. Problems go to standard\n"
    "error, one a line, with file, object, what was found and what is expected.\n"
    "\n"
    "options:\n"
    "  --schemas DIR    folder of the schema files (dataset.yaml, round.yaml, ...), instead of\n"
    "                   $CAMAL_SCHEMAS or camal's own\n"
    "  -q, --quiet      say nothing of files that are sound\n"
    "  -h, --help       this text\n"
    "  -V, --version    camal's version\n"
    "\n"
    "examples:\n"
    "  camal-check dataset.h5\n"
    "  camal-check runs/factory15/round-*.h5 scores.h5\n"
    "\n"
    "exit codes: 0 all files are sound, 1 a file is not, 2 usage\n";

static void help(FILE *out)
{
    fputs(usage, out);
}

/* Where the schemas are, unless the command line says so: beside the program's own folder, be it installed
 * or built. */
static base_status default_schemas(char schemas[PATH_MAX])
{
    const char *named = getenv("CAMAL_SCHEMAS");
    char program[PATH_MAX];
    ssize_t length;
    char *slash;

    if (named && *named && strlen(named) < PATH_MAX) {
        strcpy(schemas, named);
        return BASE_OK;
    }
    length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 1) {
        base_log_error("/proc/self/exe: cannot be read: %s; set --schemas or CAMAL_SCHEMAS", strerror(errno));
        return BASE_ERR_IO;
    }
    program[length] = 0;
    slash = strrchr(program, '/');
    *slash = 0;
    return base_file_join(program, SCHEMAS_BESIDE, schemas, PATH_MAX);
}

static bool check_file(const char *path, const char *schemas, bool quiet)
{
    size_t problems = 0;

    if (store_check_file(path, schemas, &problems) == BASE_OK) {
        if (!quiet)
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
    static const struct option known[] = {
        {"schemas", required_argument, NULL, 's'}, {"quiet", no_argument, NULL, 'q'}, {NULL, 0, NULL, 0}};
    const char *schemas = NULL;
    char standard[PATH_MAX];
    bool sound = true, quiet = false;
    base_status status;
    int option;

    if (base_options_answer(argc, argv, help, &status))
        return base_status_exit_code(status);
    while ((option = base_options_next(argc, argv, "q", known)) != -1) {
        if (option == 's')
            schemas = optarg;
        else if (option == 'q')
            quiet = true;
        else
            return EXIT_USAGE;
    }
    if (optind == argc)
        return base_status_exit_code(base_options_refuse("no file given, expected at least one"));
    if (!schemas) {
        status = default_schemas(standard);
        if (status != BASE_OK)
            return base_status_exit_code(status);
        schemas = standard;
    }
    if (!base_file_exists(schemas)) {
        base_log_error("%s: no such folder of schemas; set --schemas or CAMAL_SCHEMAS", schemas);
        return EXIT_USAGE;
    }
    for (; optind < argc; optind++)
        sound = check_file(argv[optind], schemas, quiet) && sound;
    return finish(sound ? 0 : EXIT_BAD_FILE);
}
