using System;

/// <summary>Why a check cannot go on; the message is for the result.</summary>
internal sealed class Problem : Exception
{
    public Problem(string message) : base(message)
    {
    }
}
