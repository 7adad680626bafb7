#include "base_signal.h"
#include "base_config.h"
#include "base_log.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t caught;

static void note(int number)
{
    (void)number;
    caught = 1;
}

base_status base_signal_catch(uint32_t signals)
{
    static const struct {
        uint32_t bit;
        int number;
    } known[] = {{BASE_SIGNAL_USR1, SIGUSR1}, {BASE_SIGNAL_TERM, SIGTERM}};
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    size_t i;

    caught = 0;
    sigemptyset(&action.sa_mask);
    for (i = 0; i < sizeof known / sizeof *known; i++)
        if ((signals & known[i].bit) && sigaction(known[i].number, &action, NULL) != 0) {
            base_log_error("cannot catch signal %d: %s", known[i].number, strerror(errno));
            return BASE_ERR_LIBRARY;
        }
    return BASE_OK;
}

bool base_signal_caught(void)
{
    return caught != 0;
}
