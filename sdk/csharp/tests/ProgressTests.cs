using System;
using System.Collections.Generic;

namespace Elves.Tests.Apps
{
    /// <summary>An app whose function is what the test says.</summary>
    public class scripted
    {
        /// <summary>Runs in each call.</summary>
        public static Action Body;

        public Answer run(Param param)
        {
            Body();
            return Answer.True();
        }
    }
}

namespace Elves.Tests
{
    /// <summary>The rate of progress lines and the time left, on the test's own clock.</summary>
    public static class ProgressTests
    {
        public static void TenASecondAndTheLastOneWins()
        {
            var percents = Sent(worker =>
            {
                for (var step = 0; step <= 100; step++)
                {
                    Host.Progress(step);
                    worker.Pass(10);
                }
            });
            Expect.Equal(0.0, Number(percents[0]));
            Expect.Equal(100.0, Number(percents[percents.Count - 2]));
            Expect.Equal("result", percents[percents.Count - 1]);
            Expect.True(percents.Count - 1 >= 10 && percents.Count - 1 <= 12, "sent " + (percents.Count - 1));
        }

        public static void AHeldOneLeavesWhenTheAppAsksForItsCancel()
        {
            Same("1,2,3,result", Sent(worker =>
            {
                Host.Progress(1);
                Host.Progress(2);
                worker.Pass(200);
                Expect.Equal(false, Host.Cancelled);
                Host.Progress(3);
            }));
        }

        public static void PercentIsClampedAndRounded()
        {
            Same("0,33.3,100,0,result", Sent(worker =>
            {
                foreach (var percent in new[] { -1, 33.33333, 1e9, double.NaN })
                {
                    Host.Progress(percent);
                    worker.Pass(1000);
                }
            }));
        }

        public static void NothingFollowsTheResult()
        {
            using (var worker = new InProcessWorker("scripted"))
            {
                Apps.scripted.Body = () => { };
                Expect.Equal(1, worker.Call("run").Count);
                Host.Progress(50);
                Host.Log("later");
                var after = worker.Messages();
                Expect.Equal(1, after.Count);
                Expect.Equal("later", after[0]["message"]);
                Expect.Equal(false, after[0].ContainsKey("id"));
            }
        }

        public static void TheTimeLeft()
        {
            var seen = new List<double>();
            Sent(worker =>
            {
                seen.Add(Host.Deadline);
                worker.Pass(59000);
                seen.Add(Host.Deadline);
                worker.Pass(2000);
                seen.Add(Host.Deadline);
            });
            Expect.Equal("60,1,0", string.Join(",", seen));
        }

        public static void ALongLogLineIsCutAndSaysSo()
        {
            using (var worker = new InProcessWorker("scripted", ",\"limits\":{\"line_bytes\":400,\"depth\":64}"))
            {
                foreach (var letter in new[] { "x", "\u0001", "\ud83e\uddddé" })
                {
                    var text = string.Concat(System.Linq.Enumerable.Repeat(letter, 400));
                    Apps.scripted.Body = () => Host.Log(text, Level.Warning);
                    var line = worker.Call("run")[0];
                    var message = (string)line["message"];
                    Expect.True(Json.Write(line).Length <= 400, "too long: " + message.Length);
                    Expect.Contains("... (cut, " + text.Length + " characters in all)", message);
                    Expect.True(message.StartsWith(letter) && !message.Contains("\ufffd"), message);
                }
            }
        }

        public static void ALogLineAtTheLimitIsWhole()
        {
            using (var worker = new InProcessWorker("scripted", ",\"limits\":{\"line_bytes\":400,\"depth\":64}"))
            {
                var frame = "{\"type\":\"log\",\"level\":\"info\",\"message\":\"\",\"id\":\"1\"}".Length;
                Apps.scripted.Body = () => Host.Log(new string('x', 400 - frame));
                Expect.Equal(new string('x', 400 - frame), worker.Call("run")[0]["message"]);
                Apps.scripted.Body = () => Host.Log(new string('x', 401 - frame));
                Expect.Contains("cut", (string)worker.Call("run")[0]["message"]);
            }
        }

        private static List<object> Sent(Action<InProcessWorker> body)
        {
            using (var worker = new InProcessWorker("scripted"))
            {
                Apps.scripted.Body = () => body(worker);
                var sent = new List<object>();
                foreach (var message in worker.Call("run"))
                    sent.Add(message.ContainsKey("percent") ? message["percent"] : message["type"]);
                return sent;
            }
        }

        private static void Same(string expected, List<object> got)
        {
            var texts = new List<string>();
            foreach (var one in got)
                texts.Add(Convert.ToString(one, System.Globalization.CultureInfo.InvariantCulture));
            Expect.Equal(expected, string.Join(",", texts));
        }

        private static double Number(object value)
        {
            return Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
