using System;
using System.Collections.Generic;
using System.Threading;
using Elves;

/// <summary>
/// Makes visits on several threads, while the thread of the call reports progress and looks for a cancel.
/// </summary>
internal sealed class CheckList
{
    private const int MillisecondsBetweenLooks = 50;

    private readonly Proxy proxy;
    private readonly List<Check> checks;
    private readonly Outcome[] outcomes;

    // Over everything below, and over `outcomes`.
    private readonly object gate = new object();
    private readonly List<Visit> running = new List<Visit>();
    private int next;
    private int done;
    private bool isStopped;

    public CheckList(Proxy proxy, List<Check> checks)
    {
        this.proxy = proxy;
        this.checks = checks;
        outcomes = new Outcome[checks.Count];
    }

    /// <summary>
    /// Returns the outcomes in the order of the checks; throws <see cref="Cancelled"/> after a cancel.
    /// </summary>
    public IList<Outcome> Run(int parallel)
    {
        var threads = new List<Thread>();
        for (var count = Math.Min(parallel, checks.Count); count > 0; count--)
        {
            var thread = new Thread(Work) { IsBackground = true };
            thread.Start();
            threads.Add(thread);
        }
        try
        {
            WaitForAll();
        }
        finally
        {
            Stop();
            foreach (var thread in threads)
                thread.Join();
        }
        return outcomes;
    }

    private void WaitForAll()
    {
        var reported = 0;
        while (reported < checks.Count)
        {
            int now;
            lock (gate)
            {
                if (done == reported)
                    Monitor.Wait(gate, MillisecondsBetweenLooks);
                now = done;
            }
            // Not under the lock: both speak to the host.
            if (now > reported)
                Host.Progress(100.0 * now / checks.Count, now + " of " + checks.Count + " checked");
            reported = now;
            if (reported < checks.Count && Host.Cancelled)
                throw new Cancelled(reported + " of " + checks.Count + " checked");
        }
    }

    private void Work()
    {
        while (true)
        {
            int index;
            Visit visit;
            lock (gate)
            {
                if (isStopped || next == checks.Count)
                    return;
                index = next++;
                visit = new Visit(proxy, checks[index]);
                running.Add(visit);
            }
            var outcome = visit.Run();
            visit.Dispose();
            lock (gate)
            {
                running.Remove(visit);
                outcomes[index] = outcome;
                done++;
                Monitor.Pulse(gate);
            }
        }
    }

    private void Stop()
    {
        lock (gate)
        {
            isStopped = true;
            foreach (var visit in running)
                visit.Stop("cancelled");
        }
    }
}
