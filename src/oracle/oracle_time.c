#include "oracle_time.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MICROSECONDS 1000000

/* `count` digits as a number within its range; *text moves behind them. */
static bool take_digits(const char **text, int count, int least, int most, int *number)
{
    int found = 0, i;

    for (i = 0; i < count; i++) {
        if ((*text)[i] < '0' || (*text)[i] > '9')
            return false;
        found = 10 * found + ((*text)[i] - '0');
    }
    *text += count;
    *number = found;
    return found >= least && found <= most;
}

static bool take_letter(const char **text, const char *allowed)
{
    if (**text == 0 || !strchr(allowed, **text))
        return false;
    (*text)++;
    return true;
}

static bool take_fraction(const char **text, int64_t *microseconds)
{
    int64_t unit = MICROSECONDS / 10;

    *microseconds = 0;
    if (!take_letter(text, "."))
        return true;
    if (**text < '0' || **text > '9')
        return false;
    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        *microseconds += (**text - '0') * unit;
    return true;
}

/* Seconds that a zone is ahead of UTC. */
static bool take_zone(const char **text, int *ahead)
{
    int sign, hours, minutes;

    *ahead = 0;
    if (**text == 0 || take_letter(text, "Zz"))
        return true;
    sign = **text == '-' ? -1 : 1;
    if (!take_letter(text, "+-") || !take_digits(text, 2, 0, 23, &hours))
        return false;
    take_letter(text, ":");
    if (!take_digits(text, 2, 0, 59, &minutes))
        return false;
    *ahead = sign * 60 * (60 * hours + minutes);
    return true;
}

bool oracle_time_read(const char *text, int64_t *time)
{
    struct tm parts = {0};
    int64_t fraction;
    int year, month, ahead;

    if (!take_digits(&text, 4, 1970, 9999, &year) || !take_letter(&text, "-") ||
        !take_digits(&text, 2, 1, 12, &month) || !take_letter(&text, "-") ||
        !take_digits(&text, 2, 1, 31, &parts.tm_mday) || !take_letter(&text, "Tt ") ||
        !take_digits(&text, 2, 0, 23, &parts.tm_hour) || !take_letter(&text, ":") ||
        !take_digits(&text, 2, 0, 59, &parts.tm_min) || !take_letter(&text, ":") ||
        !take_digits(&text, 2, 0, 60, &parts.tm_sec) || !take_fraction(&text, &fraction) ||
        !take_zone(&text, &ahead) || *text != 0)
        return false;
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    *time = ((int64_t)timegm(&parts) - ahead) * MICROSECONDS + fraction;
    return true;
}

void oracle_time_write(int64_t time, char text[STORE_TIME_MAX])
{
    int64_t fraction = (time % MICROSECONDS + MICROSECONDS) % MICROSECONDS;
    time_t seconds = (time_t)((time - fraction) / MICROSECONDS);
    struct tm parts = {0};
    size_t used;

    gmtime_r(&seconds, &parts);
    used = strftime(text, STORE_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
    if (fraction == 0)
        snprintf(text + used, STORE_TIME_MAX - used, "Z");
    else
        snprintf(text + used, STORE_TIME_MAX - used, ".%06" PRId64 "Z", fraction);
}

int64_t oracle_time_of_file(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 ? (int64_t)about.st_mtime * MICROSECONDS : 0;
}
