using System;
using System.Text;

/// <summary>
/// The way out of the sandbox: a local socket of the host that makes the connections which were granted.
/// </summary>
internal sealed class Proxy
{
    public const string Missing =
        "there is no network here (ELVES_PROXY is not set): list the hosts under sandbox.network in app.yaml and "
        + "grant them, for example --grant network:example.com:443";

    private const int LongestReply = 8192;

    private readonly string path;

    private Proxy(string path)
    {
        this.path = path;
    }

    /// <summary>The proxy of this host, or null when there is none.</summary>
    public static Proxy OfThisHost()
    {
        var path = Environment.GetEnvironmentVariable("ELVES_PROXY");
        return string.IsNullOrEmpty(path) ? null : new Proxy(path);
    }

    /// <summary>Connects a stream with a server. After it the stream is the connection.</summary>
    public void Connect(LocalStream stream, string target)
    {
        stream.Connect(path);
        var request = Encoding.ASCII.GetBytes("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
        stream.Write(request, 0, request.Length);
        var head = ReadHead(stream);
        var parts = head.Split(new[] { ' ' }, 3);
        if (parts.Length < 2 || !parts[0].StartsWith("HTTP/1.", StringComparison.Ordinal))
            throw new Problem("the proxy of the host answers with what is no HTTP");
        if (parts[1] == "403")
            throw new Problem("the host does not grant " + target + ": list it under sandbox.network in app.yaml and "
                + "grant it, --grant network:" + target);
        if (!parts[1].StartsWith("2", StringComparison.Ordinal))
            throw new Problem("no connection with " + target + ": the proxy says "
                + head.Substring(parts[0].Length + 1).Split('\r')[0]);
    }

    /// <summary>Reads to the empty line and not a byte further: what follows is the server's.</summary>
    private static string ReadHead(LocalStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (head.Length < LongestReply)
        {
            if (stream.Read(one, 0, 1) == 0)
                throw new Problem("the proxy of the host has closed the connection");
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                return head.ToString();
        }
        throw new Problem("the proxy of the host answers too much");
    }
}
