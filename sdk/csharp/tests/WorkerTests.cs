using System.Collections.Generic;

namespace Elves.Tests
{
    /// <summary>Workers as processes: what is beyond the fixtures of the protocol.</summary>
    public static class WorkerTests
    {
        public static void FunctionsAreThePublicMethodsOfTheirShape()
        {
            int code;
            var got = WorkerProcess.Run(out code, WorkerProcess.Hello("tried-app"));
            Expect.Equal(
                "broken_text,deeper,descriptors,give_up,greet,leave_thread,nothing,still,stranger",
                string.Join(",", (List<object>)got[0]["functions"]));
            Expect.Equal(0, code);
        }

        public static void AnAppThatCannotBeLoadedEndsWith70()
        {
            foreach (var row in new[]
            {
                new[] { "missing", "there is no class named missing" },
                new[] { "failing", "DivideByZeroException: no luck" },
                new[] { "closed", "it needs a public constructor without parameters" },
                new[] { "almost", "write public Answer greet(Param param), or make it private" },
                new[] { "twice", "the public method greet is no function" },
            })
            {
                int code;
                var got = WorkerProcess.Run(out code, WorkerProcess.Hello(row[0]), WorkerProcess.Call("greet"));
                Expect.Equal(70, code, row[0]);
                Expect.Equal(1, got.Count, row[0]);
                Expect.Equal("error", got[0]["level"]);
                Expect.Contains(row[1], (string)got[0]["message"]);
            }
        }

        public static void AHostThatHasGoneEndsTheWorkerWith74()
        {
            using (var worker = new WorkerProcess())
            {
                worker.Process.StandardOutput.Close();
                worker.Send(WorkerProcess.Hello("tried-app"));
                Expect.Equal(74, worker.WaitForCode());
            }
        }

        public static void AZygoteIsRefusedByName()
        {
            int code;
            var got = WorkerProcess.Run(out code, WorkerProcess.Hello("tried-app", ",\"isolation\":\"zygote\""));
            Expect.Equal(65, code);
            Expect.Equal(1, got.Count);
            Expect.Contains("'zygote' is not offered in C#", (string)got[0]["message"]);
        }

        public static void ARefusedLineDuringACallEndsTheWorker()
        {
            int code;
            var got = WorkerProcess.Run(
                out code, WorkerProcess.Hello("tried-app"), WorkerProcess.Call("give_up"), "{\"type\":\"dance\"}");
            Expect.Equal(65, code);
            Expect.Contains("'dance'", (string)got[got.Count - 1]["message"]);
        }

        public static void AThreadThatIsLeftDoesNotHoldARefusal()
        {
            int code;
            WorkerProcess.Run(
                out code, WorkerProcess.Hello("tried-app"), WorkerProcess.Call("leave_thread"), "{\"type\":\"dance\"}");
            Expect.Equal(65, code);
        }

        public static void FalseAfterACancelThatWasSeenIsCancelled()
        {
            var result = Result("give_up", "{\"type\":\"cancel\",\"id\":\"1\"}");
            Expect.Equal("half done", result["result"]);
            Expect.Equal("cancelled", result["reason"]);
        }

        public static void ProgramsDoNotGetThePrivateDescriptors()
        {
            // Four are the program's own: 0, 1, 2 and the folder it lists.
            Expect.Equal("0 1 2 3", Result("descriptors")["result"]);
        }

        public static void AnExceptionIsItsNameWithTheStackOfTheAppInTheLog()
        {
            int code;
            var got = WorkerProcess.Run(out code, WorkerProcess.Hello("tried-app"), WorkerProcess.Call("deeper"));
            Expect.Equal("ApplicationException: outer", got[2]["result"]);
            var trace = (string)got[1]["message"];
            Expect.Contains("caused by InvalidOperationException: inner", trace);
            Expect.Contains("tried_app.deeper", trace);
            Expect.Contains("Apps.cs:", trace);
            Expect.True(!trace.Contains("Elves.Protocol"), trace);
        }

        public static void WhatIsNoAnswerSaysWhatWouldBe()
        {
            var result = Result("nothing");
            Expect.Equal("exception", result["reason"]);
            Expect.Contains("nothing returned null; return Answer.True(...)", (string)result["result"]);
        }

        public static void AResultThatIsNotJsonIsNamed()
        {
            var result = Result("stranger");
            Expect.Equal("exception", result["reason"]);
            Expect.Contains("a value of type", (string)result["result"]);
        }

        public static void TextThatIsNotUnicodeIsReplacedAndLogged()
        {
            int code;
            var got = WorkerProcess.Run(out code, WorkerProcess.Hello("tried-app"), WorkerProcess.Call("broken_text"));
            Expect.Equal("warning", got[1]["level"]);
            Expect.Equal("caf\ufffd", got[2]["result"]);
        }

        public static void ABadParamNamesThePlace()
        {
            var result = Result("greet");
            Expect.Equal("bad-param", result["reason"]);
            Expect.Equal("name is missing: pass a text", result["result"]);
        }

        private static Dictionary<string, object> Result(string function, params string[] after)
        {
            var lines = new List<string> { WorkerProcess.Hello("tried-app"), WorkerProcess.Call(function) };
            lines.AddRange(after);
            int code;
            var got = WorkerProcess.Run(out code, lines.ToArray());
            Expect.Equal(0, code);
            Expect.Equal("result", got[got.Count - 1]["type"]);
            return got[got.Count - 1];
        }
    }
}
