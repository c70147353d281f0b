using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Elves;

/// <summary>The conformance app in C#; sdk/protocol/conformance.md says what each function does.</summary>
public class conformance
{
    private int calls;

    private Answer _hidden(Param param)
    {
        return Answer.True("not a function of the app");
    }

    /// <summary>Refuses its parameter.</summary>
    public Answer bad_param(Param param)
    {
        throw new BadParam("this parameter is never good enough");
    }

    /// <summary>Answers a text of that many letters.</summary>
    public Answer big(Param param)
    {
        return Answer.True(new string('x', (int)param["bytes"].Integer()));
    }

    /// <summary>Answers how often it was called on this instance.</summary>
    public Answer count(Param param)
    {
        return Answer.True(++calls);
    }

    /// <summary>Answers whether the time left is more than nothing and at most what was given.</summary>
    public Answer deadline(Param param)
    {
        var left = Host.Deadline;
        return Answer.True(left > 0 && left <= param["seconds"].Number());
    }

    /// <summary>Answers that many lists inside each other.</summary>
    public Answer deep(Param param)
    {
        var value = new List<object>();
        for (var level = param["levels"].Integer(); level > 1; level--)
            value = new List<object> { value };
        return Answer.True(value);
    }

    /// <summary>Answers its parameter.</summary>
    public Answer echo(Param param)
    {
        return Answer.True(param.Value);
    }

    /// <summary>Answers flag false.</summary>
    public Answer fail(Param param)
    {
        return Answer.False(param["text"].Value);
    }

    /// <summary>Answers one value of each kind.</summary>
    public Answer json(Param param)
    {
        return Answer.True(new Dictionary<string, object>
        {
            { "null", null }, { "true", true }, { "false", false }, { "integer", -7 }, { "large", 9007199254740991 },
            { "fraction", 0.5 }, { "text", "a \"quote\", a \\ and a /" }, { "empty_text", "" },
            { "list", new object[] { 1, new object[] { 2, new object[0] } } }, { "object", new { empty = new { } } },
        });
    }

    /// <summary>Sends a log line of each level.</summary>
    public Answer log(Param param)
    {
        var text = "";
        for (var times = param["repeat"].Integer(1); times > 0; times--)
            text += param["text"].Text();
        foreach (var level in new[] { Level.Debug, Level.Info, Level.Warning, Level.Error })
            Host.Log(text, level);
        return Answer.True();
    }

    /// <summary>Answers null.</summary>
    public Answer none(Param param)
    {
        return Answer.True();
    }

    /// <summary>Prints in every way there is, and leaves a line unfinished.</summary>
    public Answer print(Param param)
    {
        Console.WriteLine("{\"type\":\"result\",\"id\":\"1\",\"flag\":true,\"result\":\"printed\"}");
        using (var one = new FileStream("/proc/self/fd/1", FileMode.Open, FileAccess.Write))
        {
            var bytes = new byte[] { (byte)'o', (byte)'n', (byte)'e', (byte)'\n' };
            one.Write(bytes, 0, bytes.Length);
        }
        var start = new ProcessStartInfo("/bin/echo", "printed by another program") { UseShellExecute = false };
        using (var program = Process.Start(start))
            program.WaitForExit();
        Console.Write("without a newline");
        return Answer.True("done");
    }

    /// <summary>Reports 10 percent and 100 percent.</summary>
    public Answer progress(Param param)
    {
        Host.Progress(10, "begun");
        Host.Progress(100, "done");
        return Answer.True();
    }

    /// <summary>Reports as fast as it can.</summary>
    public Answer progress_flood(Param param)
    {
        var times = param["times"].Integer();
        for (long number = 0; number < times; number++)
            Host.Progress(number * 100.0 / times);
        return Answer.True();
    }

    /// <summary>Reports a percent that is out of range.</summary>
    public Answer progress_wild(Param param)
    {
        Host.Progress(250);
        Host.Progress(-3);
        return Answer.True();
    }

    /// <summary>Fails with an exception.</summary>
    public Answer raises(Param param)
    {
        throw new InvalidOperationException(param["text"].Text());
    }

    /// <summary>Answers a secret.</summary>
    public Answer secret(Param param)
    {
        return Answer.True(Host.Secret(param["name"].Text()));
    }

    /// <summary>Answers what there is to read on standard input: nothing.</summary>
    public Answer stdin(Param param)
    {
        return Answer.True(Console.In.ReadToEnd());
    }

    /// <summary>Answers text that is hard to carry.</summary>
    public Answer unicode(Param param)
    {
        return Answer.True("Grüße, 世界, 🧝 \u0001\t\n\r \" \\ \u007f \u2028 \ufeff");
    }

    /// <summary>Answers the version that is running.</summary>
    public Answer version(Param param)
    {
        return Answer.True(Host.AppVersion);
    }

    /// <summary>Waits until it is cancelled, for ten seconds at most.</summary>
    public Answer wait(Param param)
    {
        var passed = Stopwatch.StartNew();
        using (var never = new ManualResetEvent(false))
        {
            while (passed.Elapsed.TotalSeconds < 10)
            {
                if (Host.Cancelled)
                    throw new Cancelled("stopped");
                never.WaitOne(10);
            }
        }
        return Answer.True("nobody cancelled");
    }
}
