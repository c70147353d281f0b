using System.Collections.Generic;

/// <summary>What a check has found.</summary>
internal sealed class Outcome
{
    public Outcome(string address)
    {
        Address = address;
        Problems = new List<string>();
    }

    public string Address { get; private set; }

    /// <summary>What is not as expected; none when all is well.</summary>
    public List<string> Problems { get; private set; }

    /// <summary>The status of the answer, 0 without one.</summary>
    public int Status { get; set; }

    /// <summary>From the begin of the check to the connection with the server, encryption included.</summary>
    public double? ConnectMilliseconds { get; set; }

    /// <summary>From the begin of the check to the first byte of the answer.</summary>
    public double? FirstByteMilliseconds { get; set; }

    public double TotalMilliseconds { get; set; }

    /// <summary>The size of the body in bytes, as far as it was read.</summary>
    public long Size { get; set; }

    /// <summary>Whether the body was longer than what is read of one.</summary>
    public bool IsCut { get; set; }

    /// <summary>Where the answer leads to.</summary>
    public string Redirect { get; set; }

    public Certificate Certificate { get; set; }

    public Dictionary<string, object> ToJson()
    {
        var members = new Dictionary<string, object>
        {
            { "url", Address },
            { "ok", Problems.Count == 0 },
            { "status", Status == 0 ? null : (object)Status },
            { "connect_ms", ConnectMilliseconds },
            { "first_byte_ms", FirstByteMilliseconds },
            { "total_ms", TotalMilliseconds },
            { "bytes", Size },
            { "redirect", Redirect },
            { "certificate", Certificate == null ? null : Certificate.ToJson() },
            { "problems", Problems },
        };
        if (IsCut)
            members["cut"] = true;
        return members;
    }
}
