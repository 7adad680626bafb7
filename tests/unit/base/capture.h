/** What is written to standard error between capture_begin() and capture_end(). */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct capture {
    int kept, file;
    char text[1 << 16];
} capture;

static inline void capture_begin(capture *captured)
{
    fflush(stderr);
    captured->kept = dup(STDERR_FILENO);
    captured->file = memfd_create("stderr", MFD_CLOEXEC);
    ck_assert_int_ge(captured->kept, 0);
    ck_assert_int_ge(captured->file, 0);
    ck_assert_int_ge(dup2(captured->file, STDERR_FILENO), 0);
}

/** Standard error is as before; the text is in captured->text. */
static inline const char *capture_end(capture *captured)
{
    ssize_t length;

    fflush(stderr);
    ck_assert_int_ge(dup2(captured->kept, STDERR_FILENO), 0);
    close(captured->kept);
    length = pread(captured->file, captured->text, sizeof captured->text - 1, 0);
    ck_assert_int_ge(length, 0);
    captured->text[length] = 0;
    close(captured->file);
    return captured->text;
}

static inline int capture_lines(const char *text)
{
    int lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

#endif
