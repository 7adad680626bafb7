#include "base_file.h"
#include "capture.h"
#include "unit_test.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static capture captured; /* tests run in processes of their own */
static int folders_synced, folder_errno;

int __real_fsync(int file);
int __wrap_fsync(int file);
int __wrap_fsync(int file)
{
    struct stat about;

    if (fstat(file, &about) != 0 || !S_ISDIR(about.st_mode))
        return __real_fsync(file);
    folders_synced++;
    errno = folder_errno;
    return folder_errno == 0 ? __real_fsync(file) : -1;
}
static char folder[64];

static void enter_folder(void)
{
    strcpy(folder, "/tmp/camal-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    char command[96];

    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static int count_entries(const char *path)
{
    DIR *entries = opendir(path);
    struct dirent *entry;
    int count = 0;

    ck_assert_ptr_nonnull(entries);
    while ((entry = readdir(entries)))
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static void expect_content(const char *path, const char *content, size_t length)
{
    char *bytes;
    size_t size;

    ck_assert_int_eq(base_file_read(path, &bytes, &size), BASE_OK);
    ck_assert_uint_eq(size, length);
    ck_assert_int_eq(memcmp(bytes, content, length), 0);
    ck_assert_int_eq(bytes[size], 0);
    free(bytes);
}

START_TEST(write_replaces_a_file_and_leaves_nothing_else)
{
    ck_assert_int_eq(base_file_write("a", "first", 5), BASE_OK);
    expect_content("a", "first", 5);
    ck_assert_int_eq(base_file_write("a", "x\0y", 3), BASE_OK);
    expect_content("a", "x\0y", 3);
    ck_assert_int_eq(base_file_write("a", "", 0), BASE_OK);
    expect_content("a", "", 0);
    ck_assert_int_eq(count_entries("."), 1);
}
END_TEST

/* A reader that has the old file open keeps it whole: the new bytes never go into it. */
START_TEST(write_never_touches_the_old_bytes)
{
    struct stat before, after;
    FILE *reader;
    char bytes[8];

    ck_assert_int_eq(base_file_write("a", "old", 3), BASE_OK);
    reader = fopen("a", "rb");
    ck_assert_ptr_nonnull(reader);
    ck_assert_int_eq(stat("a", &before), 0);
    ck_assert_int_eq(base_file_write("a", "newer", 5), BASE_OK);
    ck_assert_int_eq(stat("a", &after), 0);
    ck_assert_uint_ne(before.st_ino, after.st_ino);
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, reader), 3);
    ck_assert_int_eq(memcmp(bytes, "old", 3), 0);
    fclose(reader);
}
END_TEST

START_TEST(failed_write_leaves_the_old_file_and_no_rest)
{
    ck_assert_int_eq(base_file_make_folder("d"), BASE_OK);
    ck_assert_int_eq(base_file_write("d/kept", "x", 1), BASE_OK);
    capture_begin(&captured);
    ck_assert_int_eq(base_file_write("d", "new", 3), BASE_ERR_USAGE); /* a folder is not replaced */
    ck_assert_int_eq(mkfifo("d/pipe", 0600), 0);
    ck_assert_int_eq(base_file_write("d/pipe", "new", 3), BASE_ERR_USAGE); /* nor a device */
    ck_assert_int_eq(base_file_write("nowhere/a", "new", 3), BASE_ERR_IO);
    ck_assert_ptr_nonnull(strstr(capture_end(&captured), "nowhere/a"));
    expect_content("d/kept", "x", 1);
    ck_assert_int_eq(count_entries("."), 1);
}
END_TEST

START_TEST(large_files_come_back_whole)
{
    size_t size = (3u << 20) + 17, i;
    char *bytes = malloc(size);

    ck_assert_ptr_nonnull(bytes);
    for (i = 0; i < size; i++)
        bytes[i] = (char)(i * 31 + (i >> 12));
    ck_assert_int_eq(base_file_write("large", bytes, size), BASE_OK);
    expect_content("large", bytes, size);
    free(bytes);
}
END_TEST

/* A device without an end would fill the memory. */
START_TEST(what_is_large_and_not_text_is_refused_early)
{
    size_t size;
    char *bytes;

    capture_begin(&captured);
    ck_assert_int_eq(base_file_read_text("/dev/zero", &bytes, &size), BASE_ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(capture_end(&captured), "/dev/zero: is not text"));
}
END_TEST

START_TEST(appended_lines_follow_each_other)
{
    ck_assert_int_eq(base_file_append_line("events", "{\"a\":1}"), BASE_OK);
    ck_assert_int_eq(base_file_append_line("events", ""), BASE_OK);
    ck_assert_int_eq(base_file_append_line("events", "{\"b\":2}"), BASE_OK);
    expect_content("events", "{\"a\":1}\n\n{\"b\":2}\n", 17);
    capture_begin(&captured);
    ck_assert_int_eq(base_file_append_line("nowhere/events", "x"), BASE_ERR_IO);
    capture_end(&captured);
}
END_TEST

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(lines_are_whole_after_a_full_disk_and_a_crash)
{
    char half[1500];

    ck_assert_int_eq(base_file_append_line("events", "first"), BASE_OK);
    limit_files(10);
    capture_begin(&captured);
    ck_assert_int_eq(base_file_append_line("events", "second"), BASE_ERR_IO);
    capture_end(&captured);
    limit_files(RLIM_INFINITY);
    expect_content("events", "first\n", 6);
    ck_assert_int_eq(base_file_append_line("events", "third"), BASE_OK);
    expect_content("events", "first\nthird\n", 12);
    memset(half, 'x', sizeof half);
    memcpy(half, "a\nb\n", 4);
    ck_assert_int_eq(base_file_write("events", half, sizeof half), BASE_OK);
    ck_assert_int_eq(base_file_append_line("events", "c"), BASE_OK);
    expect_content("events", "a\nb\nc\n", 6);
    ck_assert_int_eq(base_file_write("events", half + 4, 700), BASE_OK); /* no line at all */
    ck_assert_int_eq(base_file_append_line("events", "d"), BASE_OK);
    expect_content("events", "d\n", 2);
}
END_TEST

/* The XXH3-128 of xxhsum -H2. */
START_TEST(digest_is_xxh3_128_of_bytes_and_of_files)
{
    char digest[BASE_DIGEST_TEXT], of_file[BASE_DIGEST_TEXT];
    size_t size = (2u << 20) + 5;
    char *bytes = calloc(1, size);

    ck_assert_ptr_nonnull(bytes);
    base_file_digest_bytes("", 0, digest);
    ck_assert_str_eq(digest, "99aa06d3014798d86001c324468d497f");
    base_file_digest_bytes("abc", 3, digest);
    ck_assert_str_eq(digest, "06b05ab6733a618578af5f94892f3950");
    ck_assert_int_eq(base_file_write("abc", "abc", 3), BASE_OK);
    ck_assert_int_eq(base_file_digest("abc", of_file), BASE_OK);
    ck_assert_str_eq(of_file, digest);
    ck_assert_int_eq(base_file_write("large", bytes, size), BASE_OK);
    base_file_digest_bytes(bytes, size, digest);
    ck_assert_int_eq(base_file_digest("large", of_file), BASE_OK);
    ck_assert_str_eq(of_file, digest);
    free(bytes);
    capture_begin(&captured);
    ck_assert_int_eq(base_file_digest("missing", digest), BASE_ERR_IO);
    ck_assert_int_eq(base_file_digest(".", digest), BASE_ERR_INPUT);
    ck_assert_int_eq(base_file_digest("/dev/zero", digest), BASE_ERR_INPUT);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(base_file_digest("pipe", digest), BASE_ERR_INPUT);
    capture_end(&captured);
}
END_TEST

START_TEST(folders_are_made_with_their_parents)
{
    const char *said;

    ck_assert_int_eq(base_file_make_folder("a/b//c/"), BASE_OK);
    ck_assert(base_file_exists("a/b/c"));
    ck_assert_int_eq(base_file_make_folder("a/b/c"), BASE_OK);
    ck_assert_int_eq(base_file_write("a/file", "x", 1), BASE_OK);
    capture_begin(&captured);
    ck_assert_int_eq(base_file_make_folder("a/file"), BASE_ERR_IO);
    ck_assert_int_eq(base_file_make_folder("a/file/d"), BASE_ERR_IO);
    ck_assert_int_eq(base_file_make_folder(""), BASE_ERR_IO);
    said = capture_end(&captured);
    ck_assert_int_eq(capture_lines(said), 3);
    ck_assert_ptr_nonnull(strstr(said, "a/file"));
}
END_TEST

/* What is in a folder is not durable before the folder's own name is. */
START_TEST(folders_are_made_durably)
{
    ck_assert_int_eq(base_file_make_folder("a/b/c"), BASE_OK);
    ck_assert_int_eq(folders_synced, 3);
    ck_assert_int_eq(base_file_make_folder("a/b/c"), BASE_OK);
    ck_assert_int_eq(folders_synced, 3);
}
END_TEST

/* CIFS and others say EINVAL to any fsync of a folder. */
START_TEST(folders_that_cannot_be_synced_are_no_failure)
{
    folder_errno = EINVAL;
    ck_assert_int_eq(base_file_make_folder("a/b"), BASE_OK);
    ck_assert_int_eq(base_file_write("a/b/file", "x", 1), BASE_OK);
    folder_errno = EIO;
    capture_begin(&captured);
    ck_assert_int_eq(base_file_write("a/b/file", "y", 1), BASE_ERR_IO);
    capture_end(&captured);
}
END_TEST

START_TEST(exists_sees_any_kind)
{
    ck_assert(base_file_exists("."));
    ck_assert(!base_file_exists("missing"));
    ck_assert_int_eq(symlink("missing", "link"), 0);
    ck_assert(base_file_exists("link"));
}
END_TEST

START_TEST(join_puts_one_slash_and_refuses_what_does_not_fit)
{
    char path[8];

    ck_assert_int_eq(base_file_join("ab", "c", path, sizeof path), BASE_OK);
    ck_assert_str_eq(path, "ab/c");
    ck_assert_int_eq(base_file_join("ab/", "c", path, sizeof path), BASE_OK);
    ck_assert_str_eq(path, "ab/c");
    ck_assert_int_eq(base_file_join("abcd", "ef", path, sizeof path), BASE_OK);
    capture_begin(&captured);
    ck_assert_int_eq(base_file_join("abcd", "efg", path, sizeof path), BASE_ERR_USAGE);
    capture_end(&captured);
}
END_TEST

START_TEST(rename_replaces_and_reports)
{
    ck_assert_int_eq(base_file_write("a", "1", 1), BASE_OK);
    ck_assert_int_eq(base_file_write("b", "22", 2), BASE_OK);
    ck_assert_int_eq(base_file_sync("a"), BASE_OK);
    ck_assert_int_eq(base_file_rename("a", "b"), BASE_OK);
    expect_content("b", "1", 1);
    ck_assert(!base_file_exists("a"));
    capture_begin(&captured);
    ck_assert_int_eq(base_file_rename("a", "b"), BASE_ERR_IO);
    ck_assert_int_eq(base_file_sync("a"), BASE_ERR_IO);
    ck_assert_int_eq(capture_lines(capture_end(&captured)), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_file");
    TCase *tests = tcase_create("base_file");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, enter_folder, leave_folder);
    tcase_add_test(tests, write_replaces_a_file_and_leaves_nothing_else);
    tcase_add_test(tests, write_never_touches_the_old_bytes);
    tcase_add_test(tests, failed_write_leaves_the_old_file_and_no_rest);
    tcase_add_test(tests, large_files_come_back_whole);
    tcase_add_test(tests, what_is_large_and_not_text_is_refused_early);
    tcase_add_test(tests, appended_lines_follow_each_other);
    tcase_add_test(tests, lines_are_whole_after_a_full_disk_and_a_crash);
    tcase_add_test(tests, digest_is_xxh3_128_of_bytes_and_of_files);
    tcase_add_test(tests, folders_are_made_with_their_parents);
    tcase_add_test(tests, folders_are_made_durably);
    tcase_add_test(tests, folders_that_cannot_be_synced_are_no_failure);
    tcase_add_test(tests, exists_sees_any_kind);
    tcase_add_test(tests, join_puts_one_slash_and_refuses_what_does_not_fit);
    tcase_add_test(tests, rename_replaces_and_reports);
    return unit_test_run(suite);
}
