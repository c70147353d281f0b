using System.Collections.Generic;
using Elves;

/// <summary>Checks web addresses through the proxy of the host.</summary>
public class webcheck
{
    private const int MostChecks = 1000;

    /// <summary>Checks one address.</summary>
    public Answer check(Param param)
    {
        var proxy = Proxy.OfThisHost();
        if (proxy == null)
            return Answer.False(Proxy.Missing);
        var outcome = new CheckList(proxy, new List<Check> { new Check(param) }).Run(1)[0];
        return outcome.Problems.Count == 0 ? Answer.True(outcome.ToJson()) : Answer.False(outcome.ToJson());
    }

    /// <summary>Checks a list of addresses, several at a time.</summary>
    public Answer check_all(Param param)
    {
        var proxy = Proxy.OfThisHost();
        if (proxy == null)
            return Answer.False(Proxy.Missing);
        var checks = new List<Check>();
        foreach (var one in param["checks"].Items())
            checks.Add(new Check(one));
        if (checks.Count == 0 || checks.Count > MostChecks)
            throw param["checks"].Wrong("a list of 1 to " + MostChecks + " addresses");
        var parallel = param["parallel"].Integer(4);
        if (parallel < 1 || parallel > 16)
            throw param["parallel"].Wrong("an integer from 1 to 16");
        var outcomes = new CheckList(proxy, checks).Run((int)parallel);
        var results = new List<object>();
        var failed = 0;
        foreach (var outcome in outcomes)
        {
            results.Add(outcome.ToJson());
            failed += outcome.Problems.Count == 0 ? 0 : 1;
        }
        var total = new Dictionary<string, object>
        {
            { "checked", outcomes.Count }, { "failed", failed }, { "results", results },
        };
        return failed == 0 ? Answer.True(total) : Answer.False(total);
    }
}
