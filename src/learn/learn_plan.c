#include "learn_plan.h"
#include "base_cpu.h"
#include "base_file.h"
#include "base_log.h"
#include "learn_scorer.h"
#include "nn_tune.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_MAX 512

/* A kept plan begins with its key and the digest of the rest. */
#define KEPT_HEAD         "%s\n# digest %s\n"
#define DIGEST_LINE_BYTES (strlen("\n# digest \n") + BASE_DIGEST_TEXT - 1)
#define DIGEST_LINE_MAX   64

static nn_dtype dtype_of(base_dtype wanted)
{
    if (wanted == BASE_DTYPE_AUTO)
        return nn_engine_has_bf16() ? NN_DTYPE_BF16 : NN_DTYPE_F32;
    return wanted == BASE_DTYPE_BF16 ? NN_DTYPE_BF16 : NN_DTYPE_F32;
}

/* What a search depends on, as the first line of a kept plan: machine, library and shapes. */
static void describe(const learn_plan_wish *wish, char key[KEY_MAX])
{
    char cpu[256], shape[BASE_DIGEST_TEXT];

    base_cpu_text(cpu, sizeof cpu);
    base_file_digest_bytes(wish->graph->nodes, (size_t)wish->graph->count * sizeof *wish->graph->nodes,
                           shape);
    snprintf(key, KEY_MAX,
             "# camal " CAMAL_VERSION ", %s, oneDNN %s, network %s, size %d, micro-batch %d, threads %d, %s",
             cpu, nn_engine_version(), shape, wish->graph->size, wish->microbatch,
             nn_engine_threads(wish->engine), dtype_of(wish->dtype) == NN_DTYPE_BF16 ? "bf16" : "f32");
}

/* Path of the kept plan; false where there is no place for one. */
static bool cache_path(const char *key, char path[PATH_MAX])
{
    const char *own = getenv("CAMAL_CACHE"), *user = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char digest[BASE_DIGEST_TEXT];
    int length;

    base_file_digest_bytes(key, strlen(key), digest);
    if (own && *own)
        length = snprintf(path, PATH_MAX, "%s/plan-%s.txt", own, digest);
    else if (user && *user)
        length = snprintf(path, PATH_MAX, "%s/camal/plan-%s.txt", user, digest);
    else if (home && *home)
        length = snprintf(path, PATH_MAX, "%s/.cache/camal/plan-%s.txt", home, digest);
    else
        return false;
    return length > 0 && length < PATH_MAX;
}

bool learn_plan_fits(const learn_plan_wish *wish, const char *text)
{
    int threads = nn_engine_threads(wish->engine);

    return (wish->microbatch == 0 ||
            nn_plan_fits(text, NN_USE_TRAINING, wish->microbatch, threads, dtype_of(wish->dtype))) &&
           nn_plan_fits(text, NN_USE_SCORING, LEARN_SCORER_BATCH, threads, dtype_of(wish->dtype));
}

static base_status read_both(const learn_plan_wish *wish, const char *text, const char *source,
                             learn_plan *plan)
{
    int threads = nn_engine_threads(wish->engine);
    base_status status = BASE_OK;

    if (wish->microbatch > 0)
        status = nn_plan_read(text, source, NN_USE_TRAINING, wish->graph, wish->microbatch, threads,
                              &plan->training);
    if (status == BASE_OK)
        status = nn_plan_read(text, source, NN_USE_SCORING, wish->graph, LEARN_SCORER_BATCH, threads,
                              &plan->scoring);
    return status;
}

/* The plan in a kept file: behind its key and the digest of what follows; NULL if it is not that. */
static const char *content_of(const char *text, const char *key)
{
    char digest[BASE_DIGEST_TEXT], wanted[KEY_MAX + DIGEST_LINE_MAX];
    const char *content;
    size_t head = strlen(key) + DIGEST_LINE_BYTES;

    if (strlen(text) < head)
        return NULL;
    content = text + head;
    base_file_digest_bytes(content, strlen(content), digest);
    snprintf(wanted, sizeof wanted, KEPT_HEAD, key, digest);
    return strncmp(text, wanted, head) == 0 ? content : NULL;
}

static bool read_cache(const learn_plan_wish *wish, const char *path, const char *key, learn_plan *plan)
{
    char *text = NULL;
    const char *content;
    size_t size;
    bool found;

    if (base_file_read(path, &text, &size) != BASE_OK)
        return false;
    content = content_of(text, key);
    found = content && read_both(wish, content, path, plan) == BASE_OK;
    free(text);
    return found;
}

static void log_tuning(const char *what, const nn_tuning *tuning)
{
    base_log_info("kernels: %d measured in %.1f s; convolutions of %s %.1f ms in place of %.1f",
                  tuning->kernels, tuning->search, what, tuning->after * 1e3, tuning->before * 1e3);
}

static base_status search(const learn_plan_wish *wish, learn_plan *plan)
{
    nn_dtype dtype = dtype_of(wish->dtype);
    nn_tuning training, scoring;
    base_status status = BASE_OK;

    base_log_info("kernels: measuring what this CPU does fastest");
    if (wish->microbatch > 0)
        status = nn_tune(wish->engine, wish->graph, wish->microbatch, NN_USE_TRAINING, dtype, &plan->training,
                         &training);
    if (status == BASE_OK && wish->microbatch > 0)
        log_tuning("a micro-batch", &training);
    if (status == BASE_OK)
        status = nn_tune(wish->engine, wish->graph, LEARN_SCORER_BATCH, NN_USE_SCORING, dtype, &plan->scoring,
                         &scoring);
    if (status == BASE_OK)
        log_tuning("a scoring batch", &scoring);
    return status;
}

static base_status write_both(const learn_plan_wish *wish, const learn_plan *plan, nn_plan_text *text)
{
    int threads = nn_engine_threads(wish->engine);
    base_status status = BASE_OK;

    if (wish->microbatch > 0)
        status =
            nn_plan_write(&plan->training, NN_USE_TRAINING, wish->graph, wish->microbatch, threads, text);
    if (status == BASE_OK)
        status =
            nn_plan_write(&plan->scoring, NN_USE_SCORING, wish->graph, LEARN_SCORER_BATCH, threads, text);
    return status;
}

/* Write under a name of our own and link it to the name wanted, which the first of several jobs gets. */
static base_status publish(const char *path, const char *bytes, size_t size)
{
    char own[PATH_MAX], folder[PATH_MAX], host[64] = "";
    base_status status;

    gethostname(host, sizeof host - 1);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    if ((size_t)snprintf(own, sizeof own, "%s.%s.%ld", path, host, (long)getpid()) >= sizeof own)
        return BASE_ERR_IO;
    status = base_file_make_folder(folder);
    if (status == BASE_OK)
        status = base_file_write(own, bytes, size);
    if (status != BASE_OK)
        return status;
    if (link(own, path) != 0 && errno != EEXIST) {
        base_log_error("%s: cannot link: %s", path, strerror(errno));
        status = BASE_ERR_IO;
    }
    unlink(own);
    return status;
}

/* Keep a plan for other runs. Of jobs that searched at once, all use the plan that was kept first. */
static base_status keep(const learn_plan_wish *wish, learn_plan *plan)
{
    char key[KEY_MAX], path[PATH_MAX], digest[BASE_DIGEST_TEXT], *bytes = NULL;
    nn_plan_text text = {0};
    learn_plan first = *plan;
    base_status status;
    int length;

    describe(wish, key);
    if (!cache_path(key, path))
        return BASE_OK;
    status = write_both(wish, plan, &text);
    if (status != BASE_OK)
        goto out;
    base_file_digest_bytes(text.text, strlen(text.text), digest);
    length = asprintf(&bytes, KEPT_HEAD "%s", key, digest, text.text);
    if (length < 0) {
        bytes = NULL;
        base_log_error("out of memory for the kernel plan's text");
        status = BASE_ERR_MEMORY;
        goto out;
    }
    if (publish(path, bytes, (size_t)length) != BASE_OK)
        base_log_warn("the kernel plan is not kept for other runs; set CAMAL_CACHE to a folder that can be "
                      "written");
    else if (read_cache(wish, path, key, &first))
        *plan = first;
out:
    free(bytes);
    free(text.text);
    return status;
}

/* What an earlier job measured, or what this one does. */
static base_status find_tuned(const learn_plan_wish *wish, learn_plan *plan)
{
    char key[KEY_MAX], path[PATH_MAX];
    base_status status;

    describe(wish, key);
    if (cache_path(key, path) && base_file_exists(path)) {
        if (read_cache(wish, path, key, plan)) {
            base_log_info("kernels: as measured before (%s)", path);
            return BASE_OK;
        }
        base_log_warn("%s is not the plan that its name says: measuring anew", path);
        remove(path);
    }
    status = search(wish, plan);
    return status == BASE_OK ? keep(wish, plan) : status;
}

static base_status find_here(const learn_plan_wish *wish, const char *stored, const char *source,
                             learn_plan *plan)
{
    nn_form form = {dtype_of(wish->dtype), NN_LAYOUT_BLOCKED};

    if (stored)
        return read_both(wish, stored, source, plan);
    if (wish->kernels == BASE_KERNELS_TUNED)
        return find_tuned(wish, plan);
    nn_plan_uniform(form, &plan->training);
    nn_plan_uniform(form, &plan->scoring);
    return BASE_OK;
}

/* Emulated bf16 is slower than f32 and rounds otherwise. */
static base_status check_dtype(const learn_plan_wish *wish, const learn_plan *plan)
{
    if (nn_engine_has_bf16() ||
        (plan->training.form.dtype == NN_DTYPE_F32 && plan->scoring.form.dtype == NN_DTYPE_F32))
        return BASE_OK;
    base_log_error("bf16: this CPU (%s) only emulates it, 3 to 4 times slower than f32; allowed are %s",
                   nn_engine_isa(),
                   wish->dtype == BASE_DTYPE_AUTO ? "nodes of the same kind" : "f32 and auto");
    return BASE_ERR_USAGE;
}

base_status learn_plan_find(const comm_world *world, const learn_plan_wish *wish, const char *stored,
                            const char *source, learn_plan *plan)
{
    learn_plan found;
    base_status status = BASE_OK;

    memset(&found, 0, sizeof found);
    if (wish->dtype == BASE_DTYPE_BF16) {
        found.training.form.dtype = NN_DTYPE_BF16;
        status = check_dtype(wish, &found);
    }
    if (status == BASE_OK && world->rank == 0)
        status = find_here(wish, stored, source, &found);
    status = comm_agree(world, status);
    if (status != BASE_OK)
        return status;
    comm_broadcast(world, &found, sizeof found);
    status = comm_agree(world, check_dtype(wish, &found));
    if (status == BASE_OK)
        *plan = found;
    return status;
}

/* Log the first line in which two plans differ. */
static base_status compare(const char *expected, const char *found, const char *whose, const char *what)
{
    while (*expected == *found && *expected) {
        size_t length = strcspn(expected, "\n");

        if (strncmp(expected, found, length + 1) != 0)
            break;
        expected += length + (expected[length] != 0);
        found += length + (found[length] != 0);
    }
    if (*expected == 0 && *found == 0)
        return BASE_OK;
    base_log_error("%s has the kernel \"%.*s\", this rank \"%.*s\": %s", whose, (int)strcspn(expected, "\n"),
                   expected, (int)strcspn(found, "\n"), found, what);
    return BASE_ERR_INPUT;
}

base_status learn_plan_check(const comm_world *world, const char *text, const char *stored,
                             const char *source)
{
    char *first = NULL;
    size_t size = strlen(text) + 1;
    base_status status = BASE_OK;

    if (world->rank == 0) {
        first = strdup(text);
        status = first ? BASE_OK : BASE_ERR_MEMORY;
        if (status == BASE_OK && stored)
            status =
                compare(stored, text, source,
                        "this CPU or oneDNN is of another kind, where the run would not end with the same "
                        "bits; continue it where it began");
    }
    status = comm_agree(world, status);
    if (status == BASE_OK)
        status = comm_broadcast_block(world, (void **)&first, &size);
    if (status == BASE_OK)
        status =
            comm_agree(world, compare(first, text, "rank 0",
                                      "ranks on CPUs of different kinds do not give the same bits; ask for "
                                      "nodes of one kind (sbatch --constraint)"));
    free(first);
    return status;
}
