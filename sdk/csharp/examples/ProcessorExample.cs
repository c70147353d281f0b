using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using Elves;

/// <summary>
/// A processor: a web server that a center tells how tasks of an app have ended.
///
/// <c>WEBHOOK_SECRET=whsec_... mono ProcessorExample.exe http://127.0.0.1:8090/</c>; several secrets are separated by
/// spaces.
/// </summary>
public static class ProcessorExample
{
    private const int LongestBody = 4 << 20;
    private const int Remembered = 10000;

    private static readonly HashSet<string> handled = new HashSet<string>();
    private static readonly Queue<string> order = new Queue<string>();

    /// <summary>Serves one request after the other.</summary>
    public static int Main(string[] arguments)
    {
        var secrets = (Environment.GetEnvironmentVariable("WEBHOOK_SECRET") ?? "").Split(
            new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
        if (arguments.Length != 1 || secrets.Length == 0)
        {
            Console.Error.WriteLine("usage: WEBHOOK_SECRET=whsec_... mono ProcessorExample.exe http://HOST:PORT/");
            return 64;
        }
        var processor = new Processor(secrets);
        using (var listener = new HttpListener())
        {
            listener.Prefixes.Add(arguments[0]);
            listener.Start();
            Console.WriteLine("listening on " + arguments[0]);
            while (true)
                Answer(listener.GetContext(), processor);
        }
    }

    private static void Answer(HttpListenerContext context, Processor processor)
    {
        var status = 200;
        var text = "";
        try
        {
            var headers = new List<KeyValuePair<string, string>>();
            foreach (var name in context.Request.Headers.AllKeys)
                headers.Add(new KeyValuePair<string, string>(name, context.Request.Headers[name]));
            Handle(processor.Receive(headers, ReadBody(context.Request)));
        }
        catch (Rejected error)
        {
            status = 400;
            text = error.Message + "\n";
        }
        context.Response.StatusCode = status;
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        context.Response.Close(bytes, false);
    }

    private static void Handle(Delivery delivery)
    {
        // A delivery comes again when its answer was lost.
        if (!handled.Add(delivery.Id))
            return;
        order.Enqueue(delivery.Id);
        if (order.Count > Remembered)
            handled.Remove(order.Dequeue());
        var outcome = delivery.Outcome;
        if (outcome == null)
            return;
        var task = outcome.Instruction;
        Console.WriteLine(task.App + "." + task.Function + " on " + task.Ip + ": flag " + outcome.Flag + ", "
            + System.Text.Encoding.UTF8.GetString(Json.Write(outcome.Result)) + ", " + outcome.Cost + " ms");
    }

    private static byte[] ReadBody(HttpListenerRequest request)
    {
        var body = new MemoryStream();
        var part = new byte[16384];
        for (var got = request.InputStream.Read(part, 0, part.Length); got > 0;
            got = request.InputStream.Read(part, 0, part.Length))
        {
            body.Write(part, 0, got);
            if (body.Length > LongestBody)
                throw new Rejected(RejectionCause.Body, "the body is longer than " + LongestBody + " bytes");
        }
        return body.ToArray();
    }
}
