/* no_tls.c: Debian's libgit2 has its TLS from mbedTLS, and when it starts it reads all certificate authorities of the system,
 * which took half of the time of a short run. We never fetch anything with it, so this takes the place of mbedTLS's reader: an
 * empty list, with which every connection would be refused. Nothing else in the programs that link this room uses mbedTLS. */

int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
    (void)chain;
    (void)path;
    return 0;
}
