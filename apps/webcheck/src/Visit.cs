using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using Elves;

/// <summary>One check on its way: connects, asks, reads, judges.</summary>
internal sealed class Visit : IDisposable
{
    private readonly Proxy proxy;
    private readonly Check check;
    private readonly Stopwatch clock = new Stopwatch();
    private readonly LocalStream connection = new LocalStream();
    private readonly Outcome outcome;
    private volatile string stopped;

    public Visit(Proxy proxy, Check check)
    {
        this.proxy = proxy;
        this.check = check;
        outcome = new Outcome(check.Address);
    }

    /// <summary>Makes the visit and returns what came of it; never throws.</summary>
    public Outcome Run()
    {
        var seconds = Math.Min(check.Seconds, Math.Max(0.1, Host.Deadline - 0.5));
        clock.Start();
        using (new Timer(late => Stop("no whole answer within " + seconds + " s"), null, (long)(seconds * 1000),
            Timeout.Infinite))
        {
            try
            {
                Exchange();
            }
            catch (Exception error)
            {
                outcome.TotalMilliseconds = Elapsed();
                outcome.Problems.Add(stopped ?? Reason(error));
            }
        }
        return outcome;
    }

    /// <summary>Ends the visit from another thread; the reason becomes its problem.</summary>
    public void Stop(string reason)
    {
        if (stopped == null)
            stopped = reason;
        connection.Stop();
    }

    public void Dispose()
    {
        connection.Dispose();
    }

    private void Exchange()
    {
        proxy.Connect(connection, check.Url.Host + ":" + check.Url.Port);
        using (var stream = check.IsEncrypted ? Encrypted(connection) : connection)
        {
            outcome.ConnectMilliseconds = Elapsed();
            var request = Encoding.ASCII.GetBytes("GET " + check.Url.PathAndQuery + " HTTP/1.1\r\nHost: "
                + check.Url.Authority + "\r\nUser-Agent: elves-webcheck/" + (Host.AppVersion ?? "0")
                + "\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n");
            stream.Write(request, 0, request.Length);
            stream.Flush();
            var response = new Response(stream, () => outcome.FirstByteMilliseconds = Elapsed());
            response.Read();
            outcome.TotalMilliseconds = Elapsed();
            var body = response.Body;
            outcome.Status = response.Status;
            outcome.Size = body.Length;
            outcome.IsCut = response.IsCut;
            outcome.Redirect = response["location"];
            check.Judge(outcome, body);
        }
    }

    private Stream Encrypted(Stream plain)
    {
        var stream = new SslStream(plain, false, Judge);
        stream.AuthenticateAsClient(check.Url.Host, null, SslProtocols.Tls12, false);
        return stream;
    }

    /// <summary>
    /// Notes what is wrong with the certificate and goes on: the rest of the answer is wanted as well.
    /// </summary>
    private bool Judge(object sender, X509Certificate leaf, X509Chain chain, SslPolicyErrors errors)
    {
        outcome.Certificate = new Certificate(new X509Certificate2(leaf), DateTime.UtcNow);
        var sent = new List<X509Certificate>();
        foreach (var one in chain.ChainPolicy.ExtraStore)
            sent.Add(one);
        var problem = Trust.Problem(leaf, sent, check.Url.Host, check.Authorities);
        if (problem != null)
            outcome.Problems.Add(problem);
        return true;
    }

    private static string Reason(Exception error)
    {
        if (error is Problem)
            return error.Message;
        if (error is AuthenticationException)
            return "no encrypted connection (TLS 1.2): " + (error.InnerException ?? error).Message;
        if (error is IOException)
            return "the connection is broken: " + error.Message;
        return error.GetType().Name + ": " + error.Message;
    }

    private double Elapsed()
    {
        return Math.Round(clock.Elapsed.TotalMilliseconds, 1);
    }
}
