using System;
using System.Collections.Generic;
using Elves;

/// <summary>One address, and what is expected of it.</summary>
internal sealed class Check
{
    private const double LongestSeconds = 60;

    private readonly List<long> statuses = new List<long>();
    private readonly string text;
    private readonly string redirect;
    private readonly double slowest;
    private readonly long fewestDays;

    /// <summary>Reads a check: an address, or an object with <c>url</c> and expectations.</summary>
    public Check(Param param)
    {
        var isAddress = param.Value is string;
        var address = isAddress ? param : param["url"];
        Url = ReadUrl(address);
        Address = address.Text();
        // The expectations of an address alone are those of an object with nothing else in it.
        var wanted = isAddress ? new Param(new Dictionary<string, object>()) : param;
        ReadStatuses(wanted["status"]);
        text = wanted["text"].Exists ? wanted["text"].Text() : null;
        redirect = wanted["redirect"].Exists ? wanted["redirect"].Text() : null;
        slowest = wanted["max_ms"].Number(double.PositiveInfinity);
        fewestDays = wanted["min_days"].Integer(7);
        Authorities = wanted["authorities"].Text(Trust.SystemAuthorities);
        Seconds = wanted["timeout"].Number(10);
        if (!(Seconds > 0) || Seconds > LongestSeconds)
            throw wanted["timeout"].Wrong("seconds above 0, at most " + LongestSeconds);
    }

    /// <summary>The address as it was given.</summary>
    public string Address { get; private set; }

    public Uri Url { get; private set; }

    /// <summary>How long the check may take.</summary>
    public double Seconds { get; private set; }

    /// <summary>The file with the certificates of trusted authorities.</summary>
    public string Authorities { get; private set; }

    public bool IsEncrypted
    {
        get { return Url.Scheme == "https"; }
    }

    /// <summary>Adds to an outcome's problems what is not as expected.</summary>
    public void Judge(Outcome outcome, byte[] body)
    {
        var problems = outcome.Problems;
        if (statuses.Count == 0 && outcome.Status >= 400)
            problems.Add("the status is " + outcome.Status);
        if (statuses.Count > 0 && !statuses.Contains(outcome.Status))
            problems.Add("the status is " + outcome.Status + ", expected " + string.Join(" or ", statuses));
        if (redirect != null && redirect != outcome.Redirect)
            problems.Add("the redirect leads to " + (outcome.Redirect ?? "nowhere") + ", expected " + redirect);
        if (text != null && !Bytes.Contain(body, text))
            problems.Add("the text " + Json.Shown(text) + " is not there"
                + (outcome.IsCut ? " (in the first " + outcome.Size + " bytes)" : ""));
        if (outcome.TotalMilliseconds > slowest)
            problems.Add("it took " + outcome.TotalMilliseconds + " ms, expected at most " + slowest);
        if (outcome.Certificate != null && outcome.Certificate.DaysLeft < fewestDays)
            problems.Add("the certificate has " + outcome.Certificate.DaysLeft + " days left, expected at least "
                + fewestDays);
    }

    private void ReadStatuses(Param status)
    {
        if (!status.Exists)
            return;
        if (status.Value is long)
        {
            statuses.Add(status.Integer());
            return;
        }
        foreach (var one in status.Items())
            statuses.Add(one.Integer());
    }

    private static Uri ReadUrl(Param param)
    {
        Uri url;
        if (!Uri.TryCreate(param.Text(), UriKind.Absolute, out url) || (url.Scheme != "http" && url.Scheme != "https"))
            throw param.Wrong("an address that begins with http:// or https://");
        foreach (var letter in url.Host + url.PathAndQuery)
        {
            // One line of the request must stay one line.
            if (letter <= ' ' || letter > '~')
                throw param.Wrong("an address in ASCII (a host with other letters begins with xn--)");
        }
        if (url.UserInfo.Length > 0)
            throw param.Wrong("an address without a user name and a password");
        return url;
    }
}
