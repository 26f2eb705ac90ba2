/* test_config.c: hotfix.ini: what it means, what is refused and in which words, and that the file at the top of the
 * repository tells the truth about each key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/config_in.h"

#define LEAST "[app]\nid = a\n[channel c]\n" /* three lines that make a whole file */

static struct hf_config *parsed(const char *text, const char *name)
{
    struct hf_config *c = NULL;
    struct hf_err err;

    if (hf_config_parse(&c, text, strlen(text), name, &err) != 0)
        fail_msg("%s", err.msg);
    return c;
}

static void all_is_read(void **state)
{
    struct hf_config *c = parsed("[app]\nid = com.example.shop.ios\n"
                                 "[channel production]\nrefs = refs/heads/hotfix/*\n"
                                 "[channel android]\napp = com.example.shop.android\nname = production\n"
                                 "refs = refs/heads/hotfix/* refs/heads/fix/*/now\nbuilder = command\ninclude = src/** res/**\n"
                                 "exclude = *.md\nbase = refs/tags/android-*\nrollout = 12.5%\npriority = mandatory\n"
                                 "[channel js]\nbuilder = jspatch\nexclude =\n"
                                 "[build]\nbuilder = ocrunner\nexclude = Tests/**\nbase = refs/tags/release/*\ntimeout = 3600\n"
                                 "[ocrunner]\ngenerator = /opt/gen\nrefs = Scripts.bundle\n"
                                 "[jspatch]\nkey = env:JSPATCH_KEY\n"
                                 "[command]\nargv = /usr/bin/make-patch --out {output} {files}\n"
                                 "[release]\nrollout = 0.5%\npriority = idle\nkeep = 1\ntrailers = no\n"
                                 "[sign]\nkey = file:keys/signing.pem\nexpires = 12h\n"
                                 "[trust]\nkeys = file:/etc/t.pem\n"
                                 "[store]\nurl = s3://my-bucket/some/prefix\nendpoint = http://[::1]:9000\n"
                                 "public_endpoint = https://files.example.com\nregion = eu-central-1\nprofile = the edge\npath_style = yes\n"
                                 "[edge]\nlisten = [::]:0\npublic_url = https://example.com:8443/hot/fix\nworkers = 64\n"
                                 "url_ttl = 604800\nsecret = file:url.key\ntls_cert = tls/cert.pem\ntls_key = /etc/key.pem\n",
                                 "/srv/app.git/hotfix.ini");
    const struct hf_channel *ch = c->channels;

    (void)state;
    assert_string_equal(c->path, "/srv/app.git/hotfix.ini");
    assert_int_equal(c->channel_count, 3);
    assert_string_equal(ch[0].label, "production");
    assert_string_equal(ch[0].name, "production");
    assert_string_equal(ch[0].app, "com.example.shop.ios");
    assert_string_equal(ch[0].builder->name, "ocrunner");
    assert_string_equal(ch[0].include, "**/*.m");
    assert_string_equal(ch[0].exclude, "Tests/**");
    assert_string_equal(ch[0].base, "refs/tags/release/*");
    assert_int_equal(ch[0].rollout, 50);
    assert_int_equal(ch[0].priority, HF_IDLE);
    assert_string_equal(ch[1].label, "android");
    assert_string_equal(ch[1].name, "production");
    assert_string_equal(ch[1].app, "com.example.shop.android");
    assert_string_equal(ch[1].refs, "refs/heads/hotfix/* refs/heads/fix/*/now");
    assert_string_equal(ch[1].builder->name, "command");
    assert_string_equal(ch[1].include, "src/** res/**");
    assert_string_equal(ch[1].exclude, "*.md");
    assert_string_equal(ch[1].base, "refs/tags/android-*");
    assert_int_equal(ch[1].rollout, 1250);
    assert_int_equal(ch[1].priority, HF_MANDATORY);
    assert_string_equal(ch[2].refs, "");
    assert_string_equal(ch[2].include, "**/*.js");
    assert_string_equal(ch[2].exclude, ""); /* said, so [build] does not count */
    assert_int_equal(c->build.timeout, 3600);
    assert_string_equal(c->ocrunner.generator, "/opt/gen");
    assert_string_equal(c->ocrunner.refs, "Scripts.bundle");
    assert_int_equal(c->jspatch.key.kind, HF_SECRET_ENV);
    assert_string_equal(c->jspatch.key.name, "JSPATCH_KEY");
    assert_string_equal(c->command.argv, "/usr/bin/make-patch --out {output} {files}");
    assert_int_equal(c->release.keep, 1);
    assert_int_equal(c->release.trailers, 0);
    assert_int_equal(c->sign.key.kind, HF_SECRET_FILE);
    assert_string_equal(c->sign.key.name, "/srv/app.git/keys/signing.pem"); /* beside hotfix.ini */
    assert_int_equal(c->sign.expires, 43200);
    assert_string_equal(c->trust.keys.name, "/etc/t.pem");
    assert_string_equal(c->store.url, "s3://my-bucket/some/prefix");
    assert_string_equal(c->store.endpoint, "http://[::1]:9000");
    assert_string_equal(c->store.public_endpoint, "https://files.example.com");
    assert_string_equal(c->store.region, "eu-central-1");
    assert_string_equal(c->store.profile, "the edge");
    assert_int_equal(c->store.path_style, 1);
    assert_string_equal(c->edge.listen, "[::]:0");
    assert_string_equal(c->edge.public_url, "https://example.com:8443/hot/fix");
    assert_int_equal(c->edge.workers, 64);
    assert_int_equal(c->edge.url_ttl, 604800);
    assert_string_equal(c->edge.secret.name, "/srv/app.git/url.key");
    assert_string_equal(c->edge.tls_cert, "/srv/app.git/tls/cert.pem");
    assert_string_equal(c->edge.tls_key, "/etc/key.pem");
    hf_config_free(c);
    hf_config_free(NULL);
}

static void sizes_and_native_files(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = { { "1024", 1024 }, { "1K", 1024 }, { "100K", 102400 }, { "64M", 67108864 }, { "2G", 2147483648 }, { "2147483648", 2147483648 } };
    struct hf_config *c;
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "[app]\nid = a\n[channel b]\n[release]\nmax_size = %s\n", rows[i].text);
        c = parsed(text, "hotfix.ini");
        assert_int_equal(c->release.max_size, rows[i].bytes);
        hf_config_free(c);
    }
    c = parsed("[app]\nid = a\n[channel b]\nnative = ios/**\n[channel c]\n[channel d]\nnative =\n[build]\nnative = ios/** android/**\n"
               "native_policy = refuse\n",
               "hotfix.ini");
    assert_string_equal(c->channels[0].native, "ios/**");
    assert_string_equal(c->channels[1].native, "ios/** android/**");
    assert_string_equal(c->channels[2].native, "");
    assert_int_equal(c->build.refuse_native, 1);
    assert_int_equal(c->release.max_size, 64 * 1024 * 1024);
    hf_config_free(c);
    c = parsed("[app]\nid = a\n[channel b]\n", "hotfix.ini");
    assert_string_equal(c->channels[0].native, "");
    assert_int_equal(c->build.refuse_native, 0);
    hf_config_free(c);
}

static void a_path_beside_a_file_without_folder(void **state)
{
    struct hf_config *c = parsed(LEAST "[sign]\nkey = file:k.pem\n[trust]\nkeys =\n", "hotfix.ini");

    (void)state;
    assert_string_equal(c->sign.key.name, "k.pem");
    assert_int_equal(c->trust.keys.kind, HF_SECRET_NONE);
    assert_null(c->trust.keys.name);
    hf_config_free(c);
}

static void include_has_a_default_where_the_builder_has_one(void **state)
{
    struct hf_config *c = parsed(LEAST "[channel o]\nbuilder = ocrunner\nrefs = refs/heads/o/*\n"
                                       "[channel j]\nbuilder = jspatch\nrefs = refs/heads/j/*\n",
                                 "f");

    (void)state;
    assert_string_equal(c->channels[0].include, "");
    assert_string_equal(c->channels[1].include, "**/*.m");
    assert_string_equal(c->channels[2].include, "**/*.js");
    hf_config_free(c);
    c = parsed(LEAST "[channel o]\nbuilder = ocrunner\n[build]\ninclude = A/**\n", "f");
    assert_string_equal(c->channels[1].include, "A/**"); /* what is written wins over a default */
    hf_config_free(c);
}

/* "LINE: words" for a text, or NULL for any words. */
struct refusal {
    const char *text, *msg;
};

static void check_refusals(const struct refusal *r, size_t n)
{
    struct hf_config *c;
    struct hf_err err;
    char want[HF_ERR_MAX_MESSAGE];
    size_t i;

    for (i = 0; i < n; i++) {
        c = NULL;
        if (hf_config_parse(&c, r[i].text, strlen(r[i].text), "etc/hotfix.ini", &err) != -1)
            fail_msg("accepted: %s", r[i].text);
        assert_null(c);
        assert_int_equal(err.code, HF_E_CONFIG);
        assert_int_equal(hf_exit_status(err.code), 2);
        snprintf(want, sizeof want, "etc/hotfix.ini:%s", r[i].msg);
        assert_string_equal(err.msg, want);
        assert_int_equal(hf_config_parse(&c, r[i].text, strlen(r[i].text), "etc/hotfix.ini", NULL), -1);
    }
}

static void structure_is_strict(void **state)
{
    static const struct refusal cases[] = {
        {LEAST "[edge]\nfoo = 1", "5: unknown key 'foo' in [edge]"},
        {LEAST "[edge]\nlisten_on = 1", "5: unknown key 'listen_on' in [edge]"},
        {LEAST "[edge]\nlissten = 1", "5: unknown key 'lissten' in [edge]: did you mean 'listen'?"},
        {LEAST "[edge]\nurl-ttl = 1", "5: unknown key 'url-ttl' in [edge]: did you mean 'url_ttl'?"},
        {LEAST "[edge]\nListen = 1", "5: unknown key 'Listen' in [edge]: did you mean 'listen'?"},
        {LEAST "[edge]\nexpires = 30d", "5: unknown key 'expires' in [edge]: it belongs to [sign]"},
        {LEAST "[build]\nname = 30d", "5: unknown key 'name' in [build]: it belongs to [channel LABEL]"},
        {LEAST "[sign]\nkeys = file:x", "5: unknown key 'keys' in [sign]: did you mean 'key'?"},
        {LEAST "[build]\nincldue = *", "5: unknown key 'incldue' in [build]: did you mean 'include'?"},
        {LEAST "timeout = 3", "4: unknown key 'timeout' in [channel c]: it belongs to [build]"},
        {LEAST "[app]", "4: repeated section [app]: it began in line 1"},
        {LEAST "[sing]\nkey = file:x", "4: unknown section [sing]: did you mean 'sign'?"},
        {LEAST "[nothing like it]", "4: unknown section [nothing like it]"},
        {LEAST "[Edge]", "4: unknown section [Edge]: did you mean 'edge'?"},
        {LEAST "[]", "4: unknown section []"},
        {LEAST "[xy]", "4: unknown section [xy]"},
        {LEAST "[channels d]", "4: unknown section [channels d]"},
        {LEAST "refs = refs/heads/a/*\n; more\nrefs = refs/heads/b/*",
         "6: repeated key 'refs' in [channel c]: it was set in line 4"},
        {LEAST "[edge]\nworkers = 1\nworkers = 1", "6: repeated key 'workers' in [edge]: it was set in line 5"},
        {LEAST "[channel c]", "4: repeated section [channel c]: it began in line 3"},
        {LEAST "[channel]", "4: a channel needs a label: write [channel production]"},
        {LEAST "[channel objects]", "4: a channel cannot be named 'objects': the store keeps its files under that name"},
        {LEAST "[channel a b]",
         "4: 'a b' is not a name for a channel: letters, digits, '.', '_' and '-', a letter or digit first, "
         "no '..', at most 32"},
        {LEAST "name = deltas",
         "4: [channel c] name: a channel cannot be named 'deltas': the store keeps its files under that name"},
        {"id = x\n" LEAST, "1: a key stands before the first [section]"},
        {"", "1: there is no channel: write a section [channel production]"},
        {"[app]\nid = a\n\n", "3: there is no channel: write a section [channel production]"},
        {"[channel c]\nrefs = refs/heads/x/*\n[app]\nid =\n",
         "1: [channel c] belongs to no app: write id = com.example.app under [app]"},
        {"[channel c]\n[channel d]\n", "1: [channel c] belongs to no app: write id = com.example.app under [app]"},
        {LEAST "[channel d]\nname = c", "4: [channel d] is channel 'c' of app 'a', and so is [channel c] in line 3"},
        {LEAST "refs = refs/heads/x/*", "3: [channel c] has refs but no include, and the builder 'archive' has no default: name "
                                        "the files that a patch is made of, "
                                        "as in include = HotPath/**"},
        {LEAST "refs = refs/heads/x/*\nbuilder = command\ninclude = *",
         "3: [channel c] uses the builder 'command', but argv under [command] is empty"},
        {LEAST "[edge]\n\ntls_key = x\n", "6: [edge] tls_cert and tls_key: give both or none"},
        {LEAST " refs = x",
         "4: the line is indented: sections and names begin in the first column, and a value stands on one line"},
    };

    (void)state;
    check_refusals(cases, sizeof cases / sizeof *cases);
}

static void names_of_apps_may_come_from_the_channels(void **state)
{
    struct hf_config *c = parsed("[channel x]\napp = one\nname = p\n[channel y]\napp = two\nname = p\n", "f");

    (void)state;
    assert_string_equal(c->channels[0].app, "one");
    assert_string_equal(c->app, "");
    hf_config_free(c);
}

static void values_are_checked(void **state)
{
    static const struct refusal cases[] = {
        {LEAST "refs = heads/x/*",
         "4: [channel c] refs: 'heads/x/*' is not a pattern of refs: write refs/heads/hotfix/*, several with "
         "spaces between"},
        {LEAST "refs = refs/heads/a/* refs/heads/b*",
         "4: [channel c] refs: 'refs/heads/b*' has a '*' that is not a whole path component"},
        {LEAST "refs = refs/heads/*b", "4: [channel c] refs: 'refs/heads/*b' has a '*' that is not a whole path component"},
        {LEAST "refs = refs/*/*",
         "4: [channel c] refs: 'refs/*/*' has more than one '*': it names the target, so there can be one"},
        {LEAST "base = refs/tags/v", "4: [channel c] base: 'refs/tags/v' needs one '*', where the target's version stands, as in "
                                     "refs/tags/v*"},
        {LEAST "base = refs/*/v*",
         "4: [channel c] base: 'refs/*/v*' needs one '*', where the target's version stands, as in refs/tags/v*"},
        {LEAST "base = v*", "4: [channel c] base: 'v*' is not a ref: write refs/tags/v*, where * is the target's version"},
        {LEAST "builder = zip", "4: [channel c] builder: 'zip' is not a builder: write archive, ocrunner, jspatch or command"},
        {LEAST "rollout = 25", "4: [channel c] rollout: '25' has no unit: write 25%"},
        {LEAST "[release]\nrollout = 250%", "5: [release] rollout: '250%' is more than 100%"},
        {LEAST "[release]\nkeep = 0", "5: [release] keep: '0' is not a number from 1 to 1000"},
        {LEAST "[release]\nkeep = 1001", "5: [release] keep: '1001' is not a number from 1 to 1000"},
        {LEAST "[release]\ntrailers = maybe", "5: [release] trailers: 'maybe' is neither 'yes' nor 'no'"},
        {LEAST "[release]\nmax_size = 1023", "5: [release] max_size: '1023' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = 2049M", "5: [release] max_size: '2049M' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = 9999999999G", "5: [release] max_size: '9999999999G' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = 18446744073709551617M", "5: [release] max_size: '18446744073709551617M' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = 64MB", "5: [release] max_size: '64MB' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = 64m", "5: [release] max_size: '64m' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = M", "5: [release] max_size: 'M' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size = -1M", "5: [release] max_size: '-1M' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[release]\nmax_size =", "5: [release] max_size: '' is not a size from 1K to 2G: write 64M, a number with K, M or G"},
        {LEAST "[build]\nnative_policy = yes", "5: [build] native_policy: 'yes' is neither 'warn' nor 'refuse'"},
        {LEAST "[build]\ntimeout = 2m", "5: [build] timeout: '2m' is not a number from 1 to 3600"},
        {LEAST "[build]\nroom = 0", "5: [build] room: '0' is not a number from 1 to 1048576"},
        {LEAST "[build]\nsandbox = off", "5: [build] sandbox: 'off' is neither 'required' nor 'preferred'"},
        {LEAST "[build]\nsandbox = ", "5: [build] sandbox: '' is neither 'required' nor 'preferred'"},
        {LEAST "[build]\nreadable = /opt/node node",
         "5: [build] readable: 'node' is not an absolute path: write /opt/node, several with spaces between"},
        {LEAST "[build]\nreadable = /opt/../etc",
         "5: [build] readable: '/opt/../etc' is not an absolute path: write /opt/node, several with spaces between"},
        {LEAST "[build]\nreadable = //",
         "5: [build] readable: '//' is not an absolute path: write /opt/node, several with spaces between"},
        {LEAST "[build]\ntimeout = ", "5: [build] timeout: '' is not a number from 1 to 3600"},
        {LEAST "[build]\ntimeout = 99999999999999999999",
         "5: [build] timeout: '99999999999999999999' is not a number from 1 to 3600"},
        {LEAST "[edge]\nworkers = 65", "5: [edge] workers: '65' is not a number from 1 to 64"},
        {LEAST "[edge]\nurl_ttl = -1", "5: [edge] url_ttl: '-1' is not a number from 1 to 604800"},
        {LEAST "[edge]\nlisten = 3001",
         "5: [edge] listen: '3001' is not HOST:PORT: write 127.0.0.1:3001, with a port from 0 (any free "
         "one) to 65535"},
        {LEAST "[edge]\nlisten = :3001",
         "5: [edge] listen: ':3001' does not name a host: write 127.0.0.1:3001, 0.0.0.0:3001 or [::]:3001"},
        {LEAST "[edge]\npublic_url = example.com",
         "5: [edge] public_url: 'example.com' is not a URL: it begins with https:// or http://"},
        {LEAST "[edge]\npublic_url = https://e.com/",
         "5: [edge] public_url: 'https://e.com/' has a path that is not plain: letters, "
         "digits, '.', '_', '~', '-' and '/', no '/' at the end"},
        {LEAST "[sign]\nexpires = 30", "5: [sign] expires: '30' is not a length of time: write 30d, 12h, 90m or 45s"},
        {LEAST "[store]\nurl = /var/lib",
         "5: [store] url: '/var/lib' is not a store: write file:///var/lib/hotfix or s3://bucket/prefix"},
        {LEAST "[store]\nurl = file://var",
         "5: [store] url: 'file://var' is not a folder: write file:///var/lib/hotfix, with three slashes"},
        {LEAST "[store]\nurl = s3://B",
         "5: [store] url: 's3://B' does not name a bucket: 3 to 63 lower-case letters, digits, '.' and '-'"},
        {LEAST "[store]\nendpoint = https://h/p",
         "5: [store] endpoint: 'https://h/p' has something behind the host: write https://host or "
         "https://host:port"},
        {LEAST "[store]\nregion = eu west",
         "5: [store] region: 'eu west' is not a region: write us-east-1, or what the store's manual says"},
        {LEAST "[command]\nargv = make-patch {files}",
         "5: [command] argv: 'make-patch {files}' does not begin with the absolute path of a "
         "program"},
    };

    (void)state;
    check_refusals(cases, sizeof cases / sizeof *cases);
}

/* key = value in its section, to be taken or refused. */
static const struct {
    const char *section, *pair;
    int ok;
} values[] = {
    {"channel d", "refs = refs/heads/x", 1},
    {"channel d", "refs = refs/*", 1},
    {"channel d", "refs = refs/heads/*/x", 1},
    {"channel d", "refs = refs/heads/../x", 0},
    {"channel d", "refs = refs/heads//x", 0},
    {"channel d", "refs = refs/heads/x/", 0},
    {"channel d", "refs = refs/heads/[x]", 0},
    {"channel d", "refs = refs/heads/x?", 0},
    {"channel d", "refs = +refs/heads/x", 0},
    {"channel d", "refs = refs/", 0},
    {"channel d", "refs = refs/heads/**", 0},
    {"channel d", "refs = refs/heads/.x", 0},
    {"channel d", "refs = *", 0},
    {"channel d", "base = refs/tags/*", 1},
    {"channel d", "base = refs/tags/v*-ios", 1},
    {"channel d", "base = refs/tags/v* refs/tags/w*", 0},
    {"channel d", "base =", 0},
    {"channel d", "builder =", 0},
    {"channel d", "app = ..", 0},
    {"channel d", "priority = urgent", 0},
    {"edge", "listen = 0.0.0.0:65535", 1},
    {"edge", "listen = localhost:80", 1},
    {"edge", "listen = [::1]:80", 1},
    {"edge", "listen = 0.0.0.0:65536", 0},
    {"edge", "listen = ::1:80", 0},
    {"edge", "listen = [::1]", 0},
    {"edge", "listen = []:80", 0},
    {"edge", "listen = a:", 0},
    {"edge", "listen = a:80x", 0},
    {"edge", "listen = a:-1", 0},
    {"edge", "listen = a b:80", 0},
    {"edge", "listen =", 0},
    {"edge", "public_url = https://example.com", 1},
    {"edge", "public_url = http://10.0.0.1:8080/a-b/c~d", 1},
    {"edge", "public_url = https://u:p@example.com", 0},
    {"edge", "public_url = https://e.com?x", 0},
    {"edge", "public_url = https://e.com:0", 0},
    {"edge", "public_url = https://e.com/a/../b", 0},
    {"edge", "public_url = https://e.com//a", 0},
    {"edge", "public_url = https://", 0},
    {"edge", "public_url = ftp://e.com", 0},
    {"store", "url = file:///a", 1},
    {"store", "url = file:///a/b c", 1},
    {"store", "url = file:///", 0},
    {"store", "url =", 0},
    {"store", "url = file:///a/../b", 0},
    {"store", "url = file:///a/..", 0},
    {"store", "url = file:///a..b", 1},
    {"store", "url = file:////a", 0},
    {"store", "url = file:///a%20b", 0},
    {"store", "url = s3://abc", 1},
    {"store", "url = s3://a.b-c/", 1},
    {"store", "url = s3://abc/d/e_f", 1},
    {"store", "url = s3://abc/d//e", 0},
    {"store", "url = s3://abc/../d", 0},
    {"store", "url = s3://-abc", 0},
    {"store", "url = s3://", 0},
    {"store", "url = s3://ab", 0},
    {"store", "url = s3://abc/d e", 0},
    {"store", "endpoint = https://minio.local:9000", 1},
    {"store", "endpoint = https://h:9000/", 0},
    {"store", "endpoint = https://h:x", 0},
    {"store", "path_style = Yes", 1},
    {"store", "path_style = 0", 1},
    {"store", "path_style = maybe", 0},
    {"store", "path_style =", 0},
    {"store", "region =", 1},
    {"store", "region = auto", 1},
    {"store", "region = a/b", 0},
    {"command", "argv = /bin/x", 1},
    {"command", "argv = /a/../bin/x", 0},
    {"command", "argv = ./x", 0},
    {"ocrunner", "generator = PatchGenerator", 0},
    {"sign", "key = env:HOTFIX_KEY", 1},
    {"sign", "key = env:1X", 0},
    {"sign", "key = env:A=B", 0},
    {"sign", "key = env:", 0},
    {"sign", "key = file:", 0},
    {"sign", "key = file://etc/x", 0},
    {"sign", "key = file:a b", 1},
    {"sign", "key = /etc/x", 0},
    {"sign", "expires = 3650d", 1},
    {"sign", "expires = 0s", 0},
    {"release", "priority = mandatory", 1},
    {"release", "priority = Mandatory", 0},
    {"release", "rollout = 0%", 1},
    {"release", "keep = 1000", 1},
    {"build", "timeout = 1", 1},
    {"build", "timeout = +1", 0},
    {"build", "timeout = 0x10", 0},
};

static void more_values(void **state)
{
    char text[512];
    struct hf_config *c;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(text, sizeof text, LEAST "[%s]\n%s\n%s", values[i].section, values[i].pair,
                 strcmp(values[i].section, "channel d") == 0 ? "include = x\n" : "");
        c = NULL;
        if ((hf_config_parse(&c, text, strlen(text), "f", &err) == 0) != values[i].ok)
            fail_msg("[%s] %s: expected %d: %s", values[i].section, values[i].pair, values[i].ok, values[i].ok ? err.msg : "");
        hf_config_free(c);
    }
}

/* Whoever pastes the key itself into the file must not find it in a log. */
static void a_secret_in_the_file_is_not_shown(void **state)
{
    static const char text[] = LEAST "[sign]\nkey = hunter2hunter2\n";
    struct hf_config *c;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_config_parse(&c, text, strlen(text), "f", &err), -1);
    assert_string_equal(err.msg, "f:5: [sign] key: write file:PATH or env:NAME: a secret never stands in this file");
}

static void limits_are_refused(void **state)
{
    char *text = calloc(1, HF_CONFIG_MAX_CHANNELS * 32 + 64);
    struct hf_config *c;
    struct hf_err err;
    int i;

    (void)state;
    strcpy(text, "[app]\nid = a\n");
    for (i = 0; i < HF_CONFIG_MAX_CHANNELS; i++)
        sprintf(text + strlen(text), "[channel c%d]\n", i);
    c = parsed(text, "f");
    assert_int_equal(c->channel_count, HF_CONFIG_MAX_CHANNELS);
    hf_config_free(c);
    strcat(text, "[channel more]\n");
    assert_int_equal(hf_config_parse(&c, text, strlen(text), "f", &err), -1);
    assert_string_equal(err.msg, "f:67: more than 64 channels");
    free(text);
}

static void channels_are_found(void **state)
{
    struct hf_config *c = parsed("[app]\nid = ios\n[channel production]\n[channel beta]\n"
                                 "[channel droid]\napp = android\nname = production\n",
                                 "f.ini");
    const struct hf_channel *ch = NULL;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_config_channel(&ch, c, NULL, "beta", &err), 0);
    assert_ptr_equal(ch, &c->channels[1]);
    assert_int_equal(hf_config_channel(&ch, c, "android", "production", &err), 0);
    assert_ptr_equal(ch, &c->channels[2]);
    assert_int_equal(hf_config_channel(&ch, c, "ios", "production", &err), 0);
    assert_ptr_equal(ch, &c->channels[0]);
    assert_int_equal(hf_config_channel(&ch, c, "android", NULL, &err), 0);
    assert_ptr_equal(ch, &c->channels[2]);
    assert_int_equal(hf_config_channel(&ch, c, "android", "droid", &err), -1); /* its name counts, not its label */
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_string_equal(err.msg, "there is no channel 'droid' of the app android in f.ini: there is production");
    assert_int_equal(hf_config_channel(&ch, c, NULL, "gamma\n", &err), -1);
    assert_string_equal(err.msg, "there is no channel 'gamma\\x0a' in f.ini: there is production, beta, droid");
    assert_int_equal(hf_config_channel(&ch, c, NULL, NULL, &err), -1);
    assert_string_equal(err.msg, "f.ini has several channels: name one of production, beta, droid");
    assert_int_equal(hf_config_channel(&ch, c, "ios", NULL, &err), -1);
    assert_string_equal(err.msg, "ios has several channels: name one of production, beta");
    assert_int_equal(hf_config_channel(&ch, c, "tv", NULL, &err), -1);
    assert_string_equal(err.msg, "f.ini has no channel of the app 'tv'");
    hf_config_free(c);
    c = parsed(LEAST, "f.ini");
    assert_int_equal(hf_config_channel(&ch, c, NULL, NULL, &err), 0);
    assert_string_equal(ch->name, "c");
    hf_config_free(c);
}

static void files_are_loaded_or_named(void **state)
{
    struct hf_config *c = NULL;
    struct hf_err err;
    char path[] = "/tmp/hf-config-XXXXXX";
    int fd = mkstemp(path), i;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, LEAST, sizeof LEAST - 1), sizeof LEAST - 1);
    assert_int_equal(hf_config_load(&c, path, &err), 0);
    assert_string_equal(c->path, path);
    hf_config_free(c);
    for (i = 0; i <= HF_CONFIG_MAX_BYTES / 64; i++)
        assert_int_equal(write(fd, "; 3456789012345678901234567890123456789012345678901234567890123\n", 64), 64);
    close(fd);
    assert_int_equal(hf_config_load(&c, path, &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_non_null(strstr(err.msg, "is over the limit of 262144 bytes"));
    unlink(path);
    assert_int_equal(hf_config_load(&c, path, &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_non_null(strstr(err.msg, "No such file or directory"));
    assert_int_equal(hf_config_load(&c, "/", &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
}

/* The keys of hotfix.ini whose value is an example, because there can be no default; and what it says of them. */
static int is_example(const struct hf_config_key *k)
{
    static const char *const example[] = {"app id",   "build include", "command argv", "jspatch key",
                                          "sign key", "trust keys",    "edge secret"};
    char name[64];
    size_t i;

    snprintf(name, sizeof name, "%s %s", k->section, k->name);
    for (i = 0; i < sizeof example / sizeof *example; i++) {
        if (strcmp(name, example[i]) == 0)
            return 1;
    }
    return strcmp(k->section, "channel") == 0;
}

/* Finds `key = value` or `;key = value` in a section of the text; copies the value without its comment. */
static int documented(char *value, size_t max, const char *text, const struct hf_config_key *k)
{
    char section[64] = "", name[64], line[1200], *at;
    size_t n, s;

    for (; *text != '\0'; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        assert_true(n < sizeof line);
        memcpy(line, text, n);
        line[n] = '\0';
        if (line[0] == '[') {
            s = strcspn(line + 1, " ]");
            snprintf(section, sizeof section, "%.*s", (int)s, line + 1);
        }
        if (strcmp(section, k->section) != 0)
            continue;
        at = line + (line[0] == ';' && line[1] != ' ');
        s = strcspn(at, " =");
        snprintf(name, sizeof name, "%.*s", (int)s, at);
        if (strcmp(name, k->name) != 0 || strncmp(at + s, " =", 2) != 0)
            continue;
        at += s + 2;
        at += strspn(at, " ");
        s = *at == ';' ? 0 : strcspn(at, "");
        if (strstr(at, " ;") != NULL && *at != ';')
            s = (size_t)(strstr(at, " ;") - at);
        while (s > 0 && at[s - 1] == ' ')
            s--;
        snprintf(value, max, "%.*s", (int)s, at);
        return 1;
    }
    return 0;
}

static void the_file_at_the_top_documents_each_key_with_its_default(void **state)
{
    struct hf_config *c = NULL, *least;
    const struct hf_config_key *k;
    struct hf_buf text;
    struct hf_err err;
    char value[1200];
    size_t i;

    (void)state;
    hf_buf_init(&text, HF_CONFIG_MAX_BYTES);
    if (hf_buf_read_file(&text, "hotfix.ini", 0, &err) != 0 || hf_config_load(&c, "hotfix.ini", &err) != 0)
        fail_msg("%s", err.msg);
    for (i = 0; i < hf_config_key_count; i++) {
        k = &hf_config_keys[i];
        if (!documented(value, sizeof value, text.p, k))
            fail_msg("hotfix.ini does not document [%s] %s", k->section, k->name);
        if (is_example(k) && k->dflt != NULL && *k->dflt != '\0')
            fail_msg("[%s] %s has the default '%s', so hotfix.ini must show that", k->section, k->name, k->dflt);
        if (!is_example(k) && strcmp(value, k->dflt) != 0)
            fail_msg("hotfix.ini: [%s] %s is '%s', but the default is '%s'", k->section, k->name, value, k->dflt);
    }
    assert_string_equal(c->channels[0].label, "production");
    assert_string_equal(c->channels[1].label, "beta");

    /* And what was loaded is what a file without these lines gives. */
    least = parsed("[app]\nid = com.example.shop.ios\n[channel production]\nrefs = refs/heads/hotfix/*\n"
                   "[channel beta]\nrefs = refs/heads/hotfix-beta/*\n[build]\ninclude = HotPath/**\n"
                   "[command]\nargv = /usr/local/bin/make-patch --out {output} {files}\n"
                   "[jspatch]\nkey = file:/etc/hotfix/jspatch.pem\n[sign]\nkey = file:/etc/hotfix/signing.pem\n"
                   "[trust]\nkeys = file:/etc/hotfix/trusted.pem\n[edge]\nsecret = file:/etc/hotfix/url.key\n",
                   "hotfix.ini");
    for (i = 0; i < hf_config_key_count; i++) {
        k = &hf_config_keys[i];
        const char *a = strcmp(k->section, "channel") == 0 ? (const char *)c->channels : (const char *)c;
        const char *b = strcmp(k->section, "channel") == 0 ? (const char *)least->channels : (const char *)least;

        a += k->at;
        b += k->at;
        if (k->type == HF_CT_SECRET) {
            assert_int_equal(((const struct hf_secret *)(const void *)a)->kind,
                             ((const struct hf_secret *)(const void *)b)->kind);
            assert_string_equal(((const struct hf_secret *)(const void *)a)->name,
                                ((const struct hf_secret *)(const void *)b)->name);
        } else if (k->type == HF_CT_NUMBER || k->type == HF_CT_SIZE || k->type == HF_CT_DURATION) {
            assert_memory_equal(a, b, sizeof(int64_t));
        } else if (k->type == HF_CT_PERCENT || k->type == HF_CT_YES_NO || k->type == HF_CT_NATIVE || k->type == HF_CT_SANDBOX || k->type == HF_CT_PRIORITY) {
            assert_memory_equal(a, b, sizeof(int));
        } else {
            assert_string_equal(*(char *const *)(const void *)a, *(char *const *)(const void *)b);
        }
    }
    hf_config_free(c);
    hf_config_free(least);
    hf_buf_free(&text);
}

/* 1 when a line `.It Cm ...` in the section's part of the manual names the key. */
static int in_manual(const char *text, const struct hf_config_key *k)
{
    char head[64], line[256];
    const char *at, *end;
    size_t n;

    snprintf(head, sizeof head, "\n.Ss Section%s %s", strcmp(k->section, "channel") == 0 ? "s" : "", k->section);
    at = strstr(text, head);
    if (at == NULL)
        return 0;
    end = strstr(at + 1, "\n.Ss ");
    for (at++; end == NULL || at < end; at += n + 1) {
        n = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s ", (int)n, at);
        snprintf(head, sizeof head, " %s ", k->name);
        if (strncmp(line, ".It Cm ", 7) == 0 && strstr(line, head) != NULL)
            return 1;
    }
    return 0;
}

static void the_manual_names_each_key(void **state)
{
    struct hf_buf text;
    struct hf_err err;
    size_t i;

    (void)state;
    hf_buf_init(&text, HF_CONFIG_MAX_BYTES);
    if (hf_buf_read_file(&text, "docs/hotfix.ini.5", 0, &err) != 0)
        fail_msg("%s", err.msg);
    for (i = 0; i < hf_config_key_count; i++) {
        if (!in_manual(text.p, &hf_config_keys[i]))
            fail_msg("docs/hotfix.ini.5 does not name [%s] %s", hf_config_keys[i].section, hf_config_keys[i].name);
    }
    hf_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_read),
        cmocka_unit_test(sizes_and_native_files),
        cmocka_unit_test(a_path_beside_a_file_without_folder),
        cmocka_unit_test(include_has_a_default_where_the_builder_has_one),
        cmocka_unit_test(structure_is_strict),
        cmocka_unit_test(names_of_apps_may_come_from_the_channels),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(more_values),
        cmocka_unit_test(a_secret_in_the_file_is_not_shown),
        cmocka_unit_test(limits_are_refused),
        cmocka_unit_test(channels_are_found),
        cmocka_unit_test(files_are_loaded_or_named),
        cmocka_unit_test(the_file_at_the_top_documents_each_key_with_its_default),
        cmocka_unit_test(the_manual_names_each_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
