#include "base_signal.h"
#include "base_config.h"
#include "base_log.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void note(int number)
{
    (void)number;
    caught = 1;
}

/* Where handlers run: nobody else lets the signals through. */
static void *listen_for(void *signals)
{
    sigset_t others;

    sigfillset(&others);
    sigdelset(&others, SIGUSR1);
    sigdelset(&others, SIGTERM);
    pthread_sigmask(SIG_SETMASK, &others, NULL);
    for (;;)
        pause();
    return signals;
}

/* Once a process: a fork has no thread but its own. */
static base_status start_listener(void)
{
    static pid_t started;
    pthread_t thread;
    int code;

    if (started == getpid())
        return BASE_OK;
    code = pthread_create(&thread, NULL, listen_for, NULL);
    if (code != 0) {
        base_log_error("cannot start a thread for signals: %s", strerror(code));
        return BASE_ERR_LIBRARY;
    }
    pthread_detach(thread);
    started = getpid();
    return BASE_OK;
}

base_status base_signal_catch(uint32_t signals)
{
    static const struct {
        uint32_t bit;
        int number;
    } known[] = {{BASE_SIGNAL_USR1, SIGUSR1}, {BASE_SIGNAL_TERM, SIGTERM}};
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigset_t blocked;
    size_t i;

    caught = 0;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (!(signals & known[i].bit))
            continue;
        sigaddset(&blocked, known[i].number);
        if (sigaction(known[i].number, &action, NULL) != 0) {
            base_log_error("cannot catch signal %d: %s", known[i].number, strerror(errno));
            return BASE_ERR_LIBRARY;
        }
    }
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    return start_listener();
}

void base_signal_release(void)
{
    sigset_t all;

    sigemptyset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

bool base_signal_caught(void)
{
    return caught != 0;
}
