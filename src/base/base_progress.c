#include "base_progress.h"
#include "base_log.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_INTERVAL 0.1
#define LOG_INTERVAL      10.0
#define LOG_INTERVAL_MAX  300.0
#define BAR_LEAST         8 /* cells; a terminal without place for them gets the figures alone */
#define BAR_MOST          40
#define WIDTH_UNKNOWN     80
#define WIDTH_MAX         500
#define LINE_MAX_BYTES    256
#define TIME_MAX_BYTES    40

double base_progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Columns of the terminal, of which the last stays free: some wrap when it is written. */
static size_t terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    long width = WIDTH_UNKNOWN;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        width = size.ws_col;
    else if (columns && strtol(columns, NULL, 10) > 0)
        width = strtol(columns, NULL, 10);
    return (size_t)(width < WIDTH_MAX ? width : WIDTH_MAX) - 1;
}

base_progress base_progress_start(const char *what, const char *unit, size_t total)
{
    base_progress progress = {.what = what, .unit = unit, .total = total};

    progress.started = progress.last_shown = base_progress_clock();
    progress.silent = base_log_silent();
    progress.terminal = !progress.silent && base_log_terminal();
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

/* "120/863 steps (14 %), 20.5/s, 36.2 s left, loss 0.42" */
static void print_state(char text[LINE_MAX_BYTES], const base_progress *progress, double now,
                        const char *detail)
{
    double elapsed = now - progress->started, rate = elapsed > 0 ? (double)progress->done / elapsed : 0;
    char of_total[32] = "", share[32] = "", left[TIME_MAX_BYTES + 8] = "", time[TIME_MAX_BYTES];

    if (progress->total > 0) {
        snprintf(of_total, sizeof of_total, "/%zu", progress->total);
        snprintf(share, sizeof share, " (%.0f %%)",
                 floor(100 * (double)progress->done / (double)progress->total));
    }
    if (progress->total > progress->done && rate > 0) {
        print_time(time, (double)(progress->total - progress->done) / rate);
        snprintf(left, sizeof left, ", %s left", time);
    }
    snprintf(text, LINE_MAX_BYTES, "%zu%s %s%s, %.3g/s%s%s%s", progress->done, of_total, progress->unit,
             share, rate, left, detail ? ", " : "", detail ? detail : "");
}

/* Draw over the current line, within the terminal's width. Colour only where the user does not forbid it
 * (no-color.org). */
static void draw_bar(const base_progress *progress, const char *state)
{
    const char *forbidden = getenv("NO_COLOR");
    bool colour = !forbidden || !*forbidden;
    size_t width = terminal_width(), text = strlen(progress->what) + 1 + strlen(state), cells = 0, full = 0;
    char bar[BAR_MOST + 1], line[LINE_MAX_BYTES + WIDTH_MAX];

    if (progress->total > 0 && width >= text + BAR_LEAST + 3)
        cells = width - text - 3 < BAR_MOST ? width - text - 3 : BAR_MOST;
    if (cells == 0) {
        snprintf(line, width + 1 < sizeof line ? width + 1 : sizeof line, "%s %s", progress->what, state);
        fprintf(stderr, "\r\033[K%s", line);
    } else {
        full = progress->done < progress->total
                   ? (size_t)((double)progress->done / (double)progress->total * (double)cells)
                   : cells;
        memset(bar, '#', full);
        memset(bar + full, '.', cells - full);
        bar[cells] = 0;
        fprintf(stderr, "\r\033[K%s [%s%.*s%s%s] %s", progress->what, colour ? "\033[32m" : "", (int)full,
                bar, colour ? "\033[0m" : "", bar + full, state);
    }
    fflush(stderr);
}

/* Seconds from one showing to the next. */
static double interval(const base_progress *progress, double now)
{
    double tenth = (now - progress->started) / 10;

    if (progress->terminal)
        return TERMINAL_INTERVAL;
    return tenth < LOG_INTERVAL ? LOG_INTERVAL : tenth < LOG_INTERVAL_MAX ? tenth : LOG_INTERVAL_MAX;
}

void base_progress_update(base_progress *progress, size_t done, const char *detail)
{
    double now;
    char state[LINE_MAX_BYTES];

    progress->done = done;
    if (progress->silent)
        return;
    now = base_progress_clock();
    if (now - progress->last_shown < interval(progress, now))
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
