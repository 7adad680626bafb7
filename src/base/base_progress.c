#include "base_progress.h"
#include "base_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_INTERVAL 0.2
#define LOG_INTERVAL      30.0
#define BAR_WIDTH         24
#define LINE_MAX_BYTES    256
#define TIME_MAX_BYTES    40

double base_progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool is_terminal(void)
{
    const char *term = getenv("TERM");

    return isatty(STDERR_FILENO) && (!term || strcmp(term, "dumb") != 0);
}

base_progress base_progress_start(const char *what, const char *unit, size_t total)
{
    base_progress progress = {.what = what, .unit = unit, .total = total};

    progress.started = progress.last_shown = base_progress_clock();
    progress.silent = base_log_rank() != 0;
    progress.terminal = !progress.silent && is_terminal();
    return progress;
}

/* "4.2 s", "3:05 min", "1:02:03 h". */
static void print_time(char text[TIME_MAX_BYTES], double seconds)
{
    long whole = (long)seconds;

    if (seconds < 60)
        snprintf(text, TIME_MAX_BYTES, "%.1f s", seconds);
    else if (seconds < 3600)
        snprintf(text, TIME_MAX_BYTES, "%ld:%02ld min", whole / 60, whole % 60);
    else
        snprintf(text, TIME_MAX_BYTES, "%ld:%02ld:%02ld h", whole / 3600, whole / 60 % 60, whole % 60);
}

/* "120/863 steps, 20.5/s, 36.2 s left, loss 0.42" */
static void print_state(char text[LINE_MAX_BYTES], const base_progress *progress, double now,
                        const char *detail)
{
    double elapsed = now - progress->started, rate = elapsed > 0 ? (double)progress->done / elapsed : 0;
    char of_total[32] = "", left[TIME_MAX_BYTES + 8] = "", time[TIME_MAX_BYTES];

    if (progress->total > 0)
        snprintf(of_total, sizeof of_total, "/%zu", progress->total);
    if (progress->total > progress->done && rate > 0) {
        print_time(time, (double)(progress->total - progress->done) / rate);
        snprintf(left, sizeof left, ", %s left", time);
    }
    snprintf(text, LINE_MAX_BYTES, "%zu%s %s, %.3g/s%s%s%s", progress->done, of_total, progress->unit, rate,
             left, detail ? ", " : "", detail ? detail : "");
}

/* Draw over the current line. Colour only where the user does not forbid it (no-color.org). */
static void draw_bar(const base_progress *progress, const char *state)
{
    const char *forbidden = getenv("NO_COLOR");
    bool colour = !forbidden || !*forbidden;
    char full[BAR_WIDTH + 1], empty[BAR_WIDTH + 1], bar[2 * BAR_WIDTH + 32] = "";

    if (progress->total > 0) {
        size_t done = progress->done < progress->total ? progress->done : progress->total;
        size_t cells = (size_t)((double)done / (double)progress->total * BAR_WIDTH);

        memset(full, '#', cells);
        full[cells] = 0;
        memset(empty, '.', BAR_WIDTH - cells);
        empty[BAR_WIDTH - cells] = 0;
        snprintf(bar, sizeof bar, " [%s%s%s%s]", colour ? "\033[32m" : "", full, colour ? "\033[0m" : "",
                 empty);
    }
    fprintf(stderr, "\r\033[K%s%s %s", progress->what, bar, state);
    fflush(stderr);
}

void base_progress_update(base_progress *progress, size_t done, const char *detail)
{
    double now;
    char state[LINE_MAX_BYTES];

    progress->done = done;
    if (progress->silent)
        return;
    now = base_progress_clock();
    if (now - progress->last_shown < (progress->terminal ? TERMINAL_INTERVAL : LOG_INTERVAL))
        return;
    progress->last_shown = now;
    print_state(state, progress, now, detail);
    if (progress->terminal)
        draw_bar(progress, state);
    else
        base_log_info("%s: %s", progress->what, state);
}

void base_progress_end(base_progress *progress, const char *detail)
{
    double elapsed = base_progress_clock() - progress->started;
    char time[TIME_MAX_BYTES];

    if (progress->silent)
        return;
    if (progress->terminal) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    print_time(time, elapsed);
    base_log_info("%s: %zu %s in %s (%.3g/s)%s%s", progress->what, progress->done, progress->unit, time,
                  elapsed > 0 ? (double)progress->done / elapsed : 0, detail ? ", " : "",
                  detail ? detail : "");
}
