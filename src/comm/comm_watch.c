#include "comm_watch.h"
#include "base_log.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICKS       10     /* a timeout */
#define MISSED_MAX  8      /* ticks without a beat; the rest of the timeout is for the ending */
#define ALIVE       200e-6 /* seconds of processor time in a tick: a stuck process uses next to none */
#define BEAT_TAG    1
#define HOST_MAX    256
#define NANOSECONDS 1000000000L

struct comm_watch {
    MPI_Comm comm; /* the watch's own */
    int above, below;
    double timeout;
    char host[HOST_MAX]; /* of the rank above */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stop;
    int beat_in, beat_out;
    MPI_Request receive, send;
};

static double seconds_of(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Processor time of the process without that of this thread. */
static double worked(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

/* Sleep for a tick; false when it is time to stop. */
static bool tick(comm_watch *w)
{
    long length = (long)(w->timeout / TICKS * (double)NANOSECONDS);
    struct timespec until;
    bool stop;
    int code = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += length / NANOSECONDS;
    until.tv_nsec += length % NANOSECONDS;
    if (until.tv_nsec >= NANOSECONDS) {
        until.tv_nsec -= NANOSECONDS;
        until.tv_sec++;
    }
    pthread_mutex_lock(&w->mutex);
    while (!w->stop && code == 0)
        code = pthread_cond_timedwait(&w->changed, &w->mutex, &until);
    stop = w->stop;
    pthread_mutex_unlock(&w->mutex);
    return !stop;
}

static void send_beat(comm_watch *w)
{
    int sent;

    MPI_Test(&w->send, &sent, MPI_STATUS_IGNORE);
    if (sent)
        MPI_Isend(&w->beat_out, 1, MPI_INT, w->below, BEAT_TAG, w->comm, &w->send);
}

/* Take the beats that have come. */
static bool has_beat(comm_watch *w)
{
    bool any = false;
    int received = 1;

    while (received) {
        MPI_Test(&w->receive, &received, MPI_STATUS_IGNORE);
        any |= received != 0;
        if (received)
            MPI_Irecv(&w->beat_in, 1, MPI_INT, w->above, BEAT_TAG, w->comm, &w->receive);
    }
    return any;
}

static void *watch_over(void *context)
{
    comm_watch *w = context;
    double before = worked();
    int missed = 0;

    while (tick(w)) {
        double now = worked();

        if (now - before >= ALIVE)
            send_beat(w);
        before = now;
        missed = has_beat(w) ? 0 : missed + 1;
        if (missed > MISSED_MAX) {
            base_log_error(
                "rank %d on %s has shown no sign of life for %.3g s: the job ends (run.timeout is %g s)",
                w->above, w->host, missed * w->timeout / TICKS, w->timeout);
            _exit(EXIT_FAILURE); /* the launcher ends the others; nothing here can be waited for */
        }
    }
    return NULL;
}

/* Each rank learns the host of the one that it watches. */
static void exchange_hosts(comm_watch *w)
{
    char mine[HOST_MAX] = "";

    gethostname(mine, sizeof mine - 1);
    MPI_Sendrecv(mine, HOST_MAX, MPI_CHAR, w->below, BEAT_TAG, w->host, HOST_MAX, MPI_CHAR, w->above,
                 BEAT_TAG, w->comm, MPI_STATUS_IGNORE);
    w->host[HOST_MAX - 1] = 0;
}

static base_status start_thread(comm_watch *w)
{
    pthread_condattr_t attributes;
    sigset_t all, before;
    int code;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&w->mutex, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the main thread */
    code = pthread_create(&w->thread, NULL, watch_over, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0)
        return BASE_OK;
    base_log_error("cannot start a thread to watch over other ranks: %s", strerror(code));
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mutex);
    return BASE_ERR_LIBRARY;
}

static void close_messages(comm_watch *w)
{
    MPI_Barrier(w->comm);
    has_beat(w);                           /* the last one, sent before the barrier */
    MPI_Wait(&w->send, MPI_STATUS_IGNORE); /* a few bytes: gone as soon as sent */
    MPI_Cancel(&w->receive);
    MPI_Wait(&w->receive, MPI_STATUS_IGNORE);
    MPI_Comm_free(&w->comm);
}

/* Every rank's thread runs, or none does. */
static base_status start_all(const comm_world *world, comm_watch *w)
{
    base_status mine = start_thread(w), status = comm_agree(world, mine);

    if (status == BASE_OK)
        return BASE_OK;
    if (mine == BASE_OK) {
        pthread_mutex_lock(&w->mutex);
        w->stop = true;
        pthread_cond_signal(&w->changed);
        pthread_mutex_unlock(&w->mutex);
        pthread_join(w->thread, NULL);
        pthread_cond_destroy(&w->changed);
        pthread_mutex_destroy(&w->mutex);
    }
    return status;
}

base_status comm_watch_start(const comm_world *world, double timeout, comm_watch **watch)
{
    comm_watch *made = NULL;
    base_status status = BASE_OK;

    *watch = NULL;
    if (timeout == 0 || world->size == 1)
        return BASE_OK;
    if (!world->threaded) {
        base_log_warn("this MPI library does not allow several threads: ranks that hang are not noticed");
        return BASE_OK;
    }
    made = calloc(1, sizeof *made);
    if (!made) {
        base_log_error("out of memory for a watch");
        status = BASE_ERR_MEMORY;
    }
    status = comm_agree(world, status);
    if (status != BASE_OK) {
        free(made);
        return status;
    }
    made->timeout = timeout;
    made->above = (world->rank + 1) % world->size;
    made->below = (world->rank + world->size - 1) % world->size;
    MPI_Comm_dup(world->comm, &made->comm);
    exchange_hosts(made);
    made->send = MPI_REQUEST_NULL;
    MPI_Irecv(&made->beat_in, 1, MPI_INT, made->above, BEAT_TAG, made->comm, &made->receive);
    status = start_all(world, made);
    if (status != BASE_OK) {
        close_messages(made);
        free(made);
        return status;
    }
    *watch = made;
    return BASE_OK;
}

void comm_watch_stop(comm_watch **watch)
{
    comm_watch *w;

    if (!watch || !*watch)
        return;
    w = *watch;
    MPI_Barrier(w->comm); /* nobody's beats end while another still waits for them */
    pthread_mutex_lock(&w->mutex);
    w->stop = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mutex);
    close_messages(w);
    free(w);
    *watch = NULL;
}
