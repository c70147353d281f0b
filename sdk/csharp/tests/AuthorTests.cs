using System;
using System.Collections.Generic;
using System.IO;

namespace Elves.Tests
{
    /// <summary>What an author sees without a host, and the reading of parameters.</summary>
    public static class AuthorTests
    {
        public static void AnAppIsTestedWithoutAHost()
        {
            var printed = new StringWriter();
            var before = Console.Error;
            Console.SetError(printed);
            try
            {
                var app = new Apps.tried_app();
                var answer = app.greet(Param.Parse("{\"name\":\"Ada\"}"));
                Expect.Equal(true, answer.Flag);
                Expect.Equal("Hello, Ada!", answer.Result);
                Expect.Equal(1, app.Calls);
            }
            finally
            {
                Console.SetError(before);
            }
            Expect.Equal("info: greeting Ada\n", printed.ToString());
            Host.Progress(5);
            Expect.Equal(double.PositiveInfinity, Host.Deadline);
            Expect.Equal(false, Host.Cancelled);
            Expect.Equal(null, Host.AppVersion);
        }

        public static void SecretsOfATest()
        {
            Expect.Contains(
                "no secret 'token'; there is none", Expect.Throws<KeyNotFoundException>(() => Host.Secret("token")));
            Host.TestSecrets = new Dictionary<string, string> { { "token", "abc" }, { "other", "d" } };
            try
            {
                Expect.Equal("abc", Host.Secret("token"));
                Expect.Contains(
                    "no secret 'x'; there is other, token",
                    Expect.Throws<KeyNotFoundException>(() => Host.Secret("x")));
            }
            finally
            {
                Host.TestSecrets = null;
            }
        }

        public static void ALevelThatThereIsNotIsAnError()
        {
            Expect.Throws<ArgumentOutOfRangeException>(() => Host.Log("x", (Level)7));
        }

        public static void ParametersAreRead()
        {
            var param = Param.Parse(
                "{\"t\":\"x\",\"i\":3,\"n\":1.5,\"b\":true,\"l\":[1,\"a\"],\"o\":{\"p\":null},\"z\":null}");
            Expect.Equal("x", param["t"].Text());
            Expect.Equal(3L, param["i"].Integer());
            Expect.Equal(3.0, param["i"].Number());
            Expect.Equal(1.5, param["n"].Number());
            Expect.Equal(true, param["b"].Flag());
            Expect.Equal("a", param["l"].Items()[1].Text());
            Expect.Equal("p", param["o"].Names()[0]);
            Expect.Equal("else", param["z"].Text("else"));
            Expect.Equal(7L, param["none"].Integer(7));
            Expect.Equal(false, param["none"].Flag(false));
            Expect.Equal(0, param["none"].Items(true).Count);
            Expect.Equal(false, param["z"].Exists);
        }

        public static void RefusalsNameThePlaceAndWhatToPass()
        {
            var param = Param.Parse("{\"a\":{\"b\":[true]},\"s\":\"" + new string('x', 100) + "\"}");
            Refuses("a.b[0] is true: pass an integer", () => param["a"]["b"].Items()[0].Integer());
            Refuses("a.c is missing: pass a text", () => param["a"]["c"].Text());
            Refuses("a is {\"b\":[true]}: pass a number", () => param["a"].Number(1));
            Refuses("a.b is [true]: pass an object", () => param["a"]["b"]["c"].Text());
            Refuses("the parameter is 3: pass an object", () => Param.Parse("3")["a"].Text());
            Expect.True(Expect.Throws<BadParam>(() => param["s"].Integer()).Length < 100, "the value is not cut");
        }

        private static void Refuses(string message, Action read)
        {
            Expect.Equal(message, Expect.Throws<BadParam>(read));
        }
    }
}
