#include "ingest_picture.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC_BYTES 12

/* What files among pictures turn out to be; the names help whoever has to sort them out. */
static const struct magic {
    const char *bytes;
    size_t at, size;
    const char *name;
} magics[] = {
    {"\0\5\26\7", 0, 4, "AppleDouble (a Mac's side file, no picture)"},
    {"\0\5\26\0", 0, 4, "AppleSingle"},
    {"GIF8", 0, 4, "GIF"},
    {"WEBP", 8, 4, "WebP"},
    {"ftyp", 4, 4, "HEIF, AVIF or video"},
    {"\0\0\0\14jP  ", 0, 8, "JPEG 2000"},
    {"%PDF", 0, 4, "PDF"},
};

static void name_stranger(const unsigned char *head, size_t size, ingest_picture_result *result)
{
    size_t i;

    result->reason = INGEST_PICTURE_NOT_SUPPORTED;
    if (size == 0)
        ingest_picture_note(result, "empty file");
    for (i = 0; i < sizeof magics / sizeof *magics; i++)
        if (size >= magics[i].at + magics[i].size &&
            memcmp(head + magics[i].at, magics[i].bytes, magics[i].size) == 0)
            ingest_picture_note(result, "looks like %s", magics[i].name);
    ingest_picture_note(result, "unknown kind of file");
}

/* Of either order of bytes, and of either size of offsets. */
static bool is_tiff(const unsigned char *head, size_t size)
{
    return size >= 4 && (memcmp(head, "II*\0", 4) == 0 || memcmp(head, "MM\0*", 4) == 0 ||
                         memcmp(head, "II+\0", 4) == 0 || memcmp(head, "MM\0+", 4) == 0);
}

static base_status read_open_file(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                                  ingest_picture_result *result)
{
    unsigned char head[MAGIC_BYTES];
    size_t got = fread(head, 1, sizeof head, file);

    if (ferror(file) || fseek(file, 0, SEEK_SET) != 0) {
        result->reason = INGEST_PICTURE_UNREADABLE;
        ingest_picture_note(result, "%s", strerror(errno));
        return BASE_OK;
    }
    if (got >= 3 && memcmp(head, "\xFF\xD8\xFF", 3) == 0)
        return ingest_jpeg_read(file, request, picture, result);
    if (got >= 8 && memcmp(head, "\x89PNG\r\n\x1A\n", 8) == 0)
        return ingest_png_read(file, request, picture, result);
    if (is_tiff(head, got))
        return ingest_tiff_read(file, request, picture, result);
    if (got >= 2 && memcmp(head, "BM", 2) == 0)
        return ingest_bmp_read(file, request, picture, result);
    name_stranger(head, got, result);
    return BASE_OK;
}

/* A device or a pipe would block or never end. */
static FILE *open_regular(const char *path, ingest_picture_result *result)
{
    struct stat about;
    FILE *file = NULL;

    if (stat(path, &about) == 0) {
        if (S_ISREG(about.st_mode))
            file = fopen(path, "rb");
        else
            errno = EINVAL;
    }
    if (!file) {
        result->reason =
            errno == ENOENT || errno == ENOTDIR ? INGEST_PICTURE_MISSING : INGEST_PICTURE_UNREADABLE;
        ingest_picture_note(result, "%s", errno == EINVAL ? "not a regular file" : strerror(errno));
    }
    return file;
}

base_status ingest_picture_read(const char *path, const ingest_picture_request *request,
                                ingest_picture *picture, ingest_picture_result *result)
{
    static const ingest_picture_request everything = {0};
    base_status status;
    FILE *file;

    memset(result, 0, sizeof *result);
    result->reason = INGEST_USED;
    file = open_regular(path, result);
    if (!file)
        return BASE_OK;
    status = read_open_file(file, request ? request : &everything, picture, result);
    fclose(file); /* read only: nothing can be lost */
    return status;
}
