using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Elves;

/// <summary>
/// The attempts that the rows of attempts.json name: each answers "done" or the name of the error.
/// </summary>
public class attack
{
    public Answer read(Param param)
    {
        return Answer.True(Reading(param["path"].Text()));
    }

    public Answer write(Param param)
    {
        return Answer.True(Native.Opened(param["path"].Text(), Native.WriteOrCreate));
    }

    public Answer list(Param param)
    {
        var path = param["path"].Text();
        var names = new List<string>();
        foreach (var entry in Directory.GetFileSystemEntries(path))
            names.Add(Path.GetFileName(entry));
        names.Sort(string.CompareOrdinal);
        return Answer.True(string.Join(" ", names));
    }

    public Answer through(Param param)
    {
        var path = param["path"].Text();
        var link = Native.Outcome(Native.symlink(param["target"].Text(), path));
        return Answer.True(link == "done" ? Reading(path) : "link: " + link);
    }

    public Answer chmod(Param param)
    {
        return Answer.True(Native.Outcome(Native.chmod(param["path"].Text(), Mode(param))));
    }

    public Answer mkdir(Param param)
    {
        return Answer.True(Native.Outcome(Native.mkdir(param["path"].Text(), Mode(param))));
    }

    public Answer plant(Param param)
    {
        var path = param["path"].Text();
        // The runtime itself: whatever else is missing in the view, it would run.
        File.WriteAllBytes(path, File.ReadAllBytes("/proc/self/exe"));
        var mode = Native.Outcome(Native.chmod(path, Convert.ToUInt32("755", 8)));
        return Answer.True(mode == "done" ? Native.Started(path) : "chmod: " + mode);
    }

    public Answer connect(Param param)
    {
        return Answer.True(Native.Connected((int)param["port"].Integer()));
    }

    public Answer kill(Param param)
    {
        return Answer.True(Native.Outcome(Native.kill((int)param["pid"].Integer(), 9)));
    }

    /// <summary>Nobody waits for them, so that those that have ended count as well.</summary>
    public Answer processes(Param param)
    {
        for (var count = 0; count < 10000; count++)
        {
            var answer = Native.Started("/proc/self/exe");
            if (answer != "done")
                return Answer.True(count == 0 ? "none" : answer);
        }
        return Answer.True("done");
    }

    public Answer memory(Param param)
    {
        var parts = new List<byte[]>();
        try
        {
            for (var count = 0; count < 4096; count++)
            {
                var part = new byte[16 << 20];
                for (var index = 0; index < part.Length; index += 4096)
                    part[index] = 1;
                parts.Add(part);
            }
        }
        catch (OutOfMemoryException)
        {
            return Answer.True("ENOMEM");
        }
        return Answer.True("done");
    }

    /// <summary>Files that are open, and what the kernel shows of the process.</summary>
    public Answer search(Param param)
    {
        var places = new List<string> { "/proc/self/environ", "/proc/self/cmdline" };
        for (var number = 0; number < 256; number++)
            if (Native.IsFile(number))
                places.Add("/proc/self/fd/" + number);
        var bytes = new byte[1 << 16];
        foreach (var place in places)
            using (var file = new FileStream(place, FileMode.Open, FileAccess.Read))
            {
                var count = file.Read(bytes, 0, bytes.Length);
                if (Encoding.ASCII.GetString(bytes, 0, count).Contains(param["text"].Text()))
                    return Answer.True("found in " + place);
            }
        return Answer.True("nowhere");
    }

    public Answer call(Param param)
    {
        var values = new long[6];
        var index = 0;
        foreach (var argument in param["arguments"].Items())
            values[index++] = long.Parse(argument.Text());
        return Answer.True(Native.Called(param["number"].Integer(), values));
    }

    public Answer ask(Param param)
    {
        return Answer.True(Proxy.Ask(param["place"].Text()));
    }

    private static string Reading(string path)
    {
        return Native.Opened(path, Native.Read);
    }

    private static uint Mode(Param param)
    {
        return Convert.ToUInt32(param["mode"].Text(), 8);
    }
}
