using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;

namespace Elves.Tests
{
    /// <summary>The processor against the fixtures of its contract.</summary>
    public static class ProcessorTests
    {
        private static readonly Dictionary<string, RejectionCause> causes = new Dictionary<string, RejectionCause>
        {
            { "missing-header", RejectionCause.MissingHeader }, { "bad-header", RejectionCause.BadHeader },
            { "signature", RejectionCause.Signature }, { "time", RejectionCause.Time }, { "body", RejectionCause.Body },
        };

        public static void EveryFixtureGetsItsVerdict()
        {
            var wrong = new List<string>();
            var files = Directory.GetFiles(FixtureFolder(), "*.json");
            foreach (var file in files)
            {
                var problem = Problem(new Param(Json.Parse(File.ReadAllBytes(file), 100)));
                if (problem != null)
                    wrong.Add(Path.GetFileName(file) + ": " + problem);
            }
            Expect.True(files.Length >= 25, "only " + files.Length + " fixtures");
            Expect.True(wrong.Count == 0, string.Join("\n", wrong));
        }

        public static void AHeaderThatIsThereTwiceIsRefused()
        {
            var headers = new[]
            {
                new KeyValuePair<string, string>("webhook-id", "a"),
                new KeyValuePair<string, string>("Webhook-Id", "b"),
            };
            var message = Expect.Throws<Rejected>(
                () => new Processor("whsec_YQ==").Receive(headers, new byte[0], DateTime.UtcNow));
            Expect.Contains("webhook-id is malformed, or there twice", message);
        }

        public static void ABadSecretIsNotRepeated()
        {
            var message = Expect.Throws<ArgumentException>(() => new Processor("whsec_YQ==", "whsec_hush!"));
            Expect.Contains("secret number 2 is not whsec_ and base64", message);
            Expect.True(!message.Contains("hush"), message);
        }

        private static string Problem(Param fixture)
        {
            var expected = fixture["expect"];
            var verdict = expected["verdict"].Text();
            Delivery delivery;
            try
            {
                delivery = Receive(fixture);
            }
            catch (Rejected error)
            {
                if (verdict == "refused" && causes.ContainsKey(expected["cause"].Text())
                    && causes[expected["cause"].Text()] == error.Cause)
                    return null;
                return "refused for " + error.Cause + ": " + error.Message;
            }
            catch (ArgumentException error)
            {
                return verdict == "refused" && expected["cause"].Text() == "secret" ? null : error.Message;
            }
            if (delivery.Id != expected["id"].Text() || delivery.Type != expected["type"].Text())
                return "id " + delivery.Id + ", type " + delivery.Type;
            if (delivery.Outcome == null)
                return verdict == "ignored" ? null : "ignored";
            if (verdict != "accepted")
                return "accepted";
            var got = Shown(delivery.Outcome);
            var wanted = Sorted(expected["data"].Value);
            return got == wanted ? null : "got " + got + ", wanted " + wanted;
        }

        private static Delivery Receive(Param fixture)
        {
            var secrets = new List<string>();
            foreach (var secret in fixture["secrets"].Items())
                secrets.Add(secret.Text());
            var headers = new List<KeyValuePair<string, string>>();
            foreach (var name in fixture["headers"].Names())
                headers.Add(new KeyValuePair<string, string>(name, fixture["headers"][name].Text()));
            var body = fixture["body"].Exists
                ? Encoding.UTF8.GetBytes(fixture["body"].Text())
                : Convert.FromBase64String(fixture["body_base64"].Text());
            var now = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(fixture["now"].Integer());
            return new Processor(secrets.ToArray()).Receive(headers, body, now);
        }

        private static string Shown(Outcome outcome)
        {
            var task = outcome.Instruction;
            return Sorted(new Dictionary<string, object>
            {
                {
                    "instruction", new Dictionary<string, object>
                    {
                        { "id", task.Id }, { "ip", task.Ip }, { "agent", task.Agent }, { "mode", task.Mode },
                        { "app", task.App }, { "version", task.Version }, { "function", task.Function },
                        { "param", task.Param.Value }, { "timeout", task.Timeout },
                    }
                },
                { "flag", outcome.Flag }, { "result", outcome.Result.Value }, { "reason", outcome.Reason },
                { "cost_ms", outcome.Cost },
            });
        }

        /// <summary>A value as text in which equal values are equal: members in order, numbers by value.</summary>
        private static string Sorted(object value)
        {
            var members = value as Dictionary<string, object>;
            var items = value as List<object>;
            if (members != null)
            {
                var names = new List<string>(members.Keys);
                names.Sort(string.CompareOrdinal);
                var parts = names.ConvertAll(name => Sorted(name) + ":" + Sorted(members[name]));
                return "{" + string.Join(",", parts) + "}";
            }
            if (items != null)
                return "[" + string.Join(",", items.ConvertAll(Sorted)) + "]";
            return Encoding.UTF8.GetString(Json.Write(value is long ? (double)(long)value : value));
        }

        private static string FixtureFolder()
        {
            var bin = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
            return Path.Combine(bin, "../../../protocol/processor/fixtures");
        }
    }
}
