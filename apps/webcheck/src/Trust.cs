using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;

/// <summary>
/// Judges a server's certificate against a file of authorities.
///
/// The class libraries know the runtime's own store only, which hosts do not fill; so this asks the native library that
/// they use for TLS.
/// </summary>
internal static class Trust
{
    /// <summary>The authorities of the system.</summary>
    public const string SystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

    private const string Library = "libmono-btls-shared";
    private const int Der = 1;

    /// <summary>Returns why a certificate cannot be trusted for a host, or null when it can.</summary>
    public static string Problem(
        X509Certificate leaf, IEnumerable<X509Certificate> sent, string host, string authorities)
    {
        if (!File.Exists(authorities))
            return "the certificate cannot be judged: there is no file " + authorities
                + "; list it under sandbox.filesystem.read in app.yaml, and grant it where it has to be";
        var held = new List<IntPtr>();
        var store = mono_btls_x509_store_new();
        var chain = mono_btls_x509_chain_new();
        var context = mono_btls_x509_store_ctx_new();
        var rules = mono_btls_x509_verify_param_copy(mono_btls_x509_verify_param_lookup(Text("ssl_server")));
        try
        {
            if (mono_btls_x509_store_load_locations(store, Text(authorities), null) == 0)
                return "the certificate cannot be judged: " + authorities + " holds no certificates";
            Add(chain, leaf, held);
            foreach (var one in sent)
                Add(chain, one, held);
            var name = Encoding.ASCII.GetBytes(host);
            if (mono_btls_x509_store_ctx_init(context, store, chain) == 0
                || mono_btls_x509_verify_param_set_host(rules, name, name.Length) == 0
                || mono_btls_x509_store_ctx_set_param(context, rules) == 0)
                return "the certificate cannot be judged for the host " + host;
            if (mono_btls_x509_store_ctx_verify_cert(context) == 1)
                return null;
            IntPtr reason;
            mono_btls_x509_store_ctx_get_error(context, out reason);
            return "the certificate is not trusted: " + Marshal.PtrToStringAnsi(reason);
        }
        finally
        {
            mono_btls_x509_store_ctx_free(context);
            mono_btls_x509_verify_param_free(rules);
            mono_btls_x509_chain_free(chain);
            mono_btls_x509_store_free(store);
            foreach (var one in held)
                mono_btls_x509_free(one);
        }
    }

    private static void Add(IntPtr chain, X509Certificate certificate, List<IntPtr> held)
    {
        var bytes = certificate.GetRawCertData();
        var native = mono_btls_x509_from_data(bytes, bytes.Length, Der);
        if (native == IntPtr.Zero)
            return;
        held.Add(native);
        mono_btls_x509_chain_add_cert(chain, native);
    }

    private static byte[] Text(string text)
    {
        return Encoding.UTF8.GetBytes(text + "\0");
    }

    [DllImport(Library)]
    private static extern IntPtr mono_btls_x509_store_new();

    [DllImport(Library)]
    private static extern int mono_btls_x509_store_load_locations(IntPtr store, byte[] file, byte[] folder);

    [DllImport(Library)]
    private static extern void mono_btls_x509_store_free(IntPtr store);

    [DllImport(Library)]
    private static extern IntPtr mono_btls_x509_from_data(byte[] bytes, int count, int format);

    [DllImport(Library)]
    private static extern void mono_btls_x509_free(IntPtr certificate);

    [DllImport(Library)]
    private static extern IntPtr mono_btls_x509_chain_new();

    [DllImport(Library)]
    private static extern void mono_btls_x509_chain_add_cert(IntPtr chain, IntPtr certificate);

    [DllImport(Library)]
    private static extern void mono_btls_x509_chain_free(IntPtr chain);

    [DllImport(Library)]
    private static extern IntPtr mono_btls_x509_store_ctx_new();

    [DllImport(Library)]
    private static extern int mono_btls_x509_store_ctx_init(IntPtr context, IntPtr store, IntPtr chain);

    [DllImport(Library)]
    private static extern int mono_btls_x509_store_ctx_set_param(IntPtr context, IntPtr rules);

    [DllImport(Library)]
    private static extern int mono_btls_x509_store_ctx_verify_cert(IntPtr context);

    [DllImport(Library)]
    private static extern int mono_btls_x509_store_ctx_get_error(IntPtr context, out IntPtr reason);

    [DllImport(Library)]
    private static extern void mono_btls_x509_store_ctx_free(IntPtr context);

    [DllImport(Library)]
    private static extern IntPtr mono_btls_x509_verify_param_lookup(byte[] name);

    [DllImport(Library)]
    private static extern IntPtr mono_btls_x509_verify_param_copy(IntPtr rules);

    [DllImport(Library)]
    private static extern int mono_btls_x509_verify_param_set_host(IntPtr rules, byte[] host, int count);

    [DllImport(Library)]
    private static extern void mono_btls_x509_verify_param_free(IntPtr rules);
}
